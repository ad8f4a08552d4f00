package interop;

import io.grpc.ManagedChannel;
import io.grpc.netty.GrpcSslContexts;
import io.grpc.netty.NettyChannelBuilder;
import io.grpc.testing.integration.TestServiceGrpc;
import java.io.File;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SSLException;

/**
 * grpc-java as a client of the interoperability suite.
 *
 * <p>usage: client ADDRESS CA_FILE|- CASE...<br>
 * Prints {@code CASE ok} or {@code CASE failed: REASON}, a line for each case; the exit code is the count of failures.
 * Source: grpc/doc/interop-test-descriptions.md
 */
final class Client {
  static final int CALL_SECONDS = 60;
  private static final int CLOSE_SECONDS = 5;

  /** One case: it throws when something is not as it must be. */
  interface Case {
    void run(Client client) throws Exception;
  }

  private final String address;
  private final String caFile;
  private final List<ManagedChannel> channels = new ArrayList<>();
  final ManagedChannel channel;

  private Client(String address, String caFile) throws SSLException {
    this.address = address;
    this.caFile = caFile;
    channel = newChannel();
  }

  ManagedChannel newChannel() throws SSLException {
    NettyChannelBuilder builder = NettyChannelBuilder.forTarget(address);
    if (caFile.equals("-")) {
      builder.usePlaintext();
    } else {
      builder.sslContext(GrpcSslContexts.forClient().trustManager(new File(caFile)).build());
    }
    ManagedChannel made = builder.build();
    channels.add(made);
    return made;
  }

  TestServiceGrpc.TestServiceBlockingStub blocking() {
    return TestServiceGrpc.newBlockingStub(channel).withDeadlineAfter(CALL_SECONDS, TimeUnit.SECONDS);
  }

  TestServiceGrpc.TestServiceStub streaming() {
    return TestServiceGrpc.newStub(channel).withDeadlineAfter(CALL_SECONDS, TimeUnit.SECONDS);
  }

  private void close() throws InterruptedException {
    for (ManagedChannel made : channels) {
      made.shutdownNow().awaitTermination(CLOSE_SECONDS, TimeUnit.SECONDS);
    }
  }

  private static String reason(Throwable error) {
    return error.toString().replaceAll("\\s+", " ");
  }

  public static void main(String[] arguments) throws Exception {
    if (arguments.length < 2) {
      System.err.println("usage: client ADDRESS CA_FILE|- CASE...");
      System.exit(64);
    }
    Client client = new Client(arguments[0], arguments[1]);
    Map<String, Case> cases = UnaryCases.all();
    cases.putAll(StreamCases.all());
    cases.putAll(CompressionCases.all());
    cases.putAll(LoadCases.all());
    int failures = 0;
    for (int i = 2; i < arguments.length; i++) {
      String name = arguments[i];
      try {
        Check.that(cases.containsKey(name), "this client has no such case");
        cases.get(name).run(client);
        System.out.println(name + " ok");
      } catch (Exception | AssertionError error) {
        failures++;
        System.out.println(name + " failed: " + reason(error));
      }
    }
    client.close();
    System.exit(failures);
  }
}
