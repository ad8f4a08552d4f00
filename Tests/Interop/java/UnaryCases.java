package interop;

import com.google.common.util.concurrent.ListenableFuture;
import com.google.protobuf.ByteString;
import io.grpc.ClientInterceptor;
import io.grpc.ManagedChannel;
import io.grpc.Metadata;
import io.grpc.Status;
import io.grpc.stub.MetadataUtils;
import io.grpc.testing.integration.EmptyProtos.Empty;
import io.grpc.testing.integration.Messages.EchoStatus;
import io.grpc.testing.integration.Messages.Payload;
import io.grpc.testing.integration.Messages.SimpleRequest;
import io.grpc.testing.integration.Messages.SimpleResponse;
import io.grpc.testing.integration.TestServiceGrpc;
import io.grpc.testing.integration.UnimplementedServiceGrpc;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;

/** Cases of calls with one request and one response. */
final class UnaryCases {
  static final int LARGE_REQUEST_BYTES = 271828;
  static final int LARGE_RESPONSE_BYTES = 314159;
  private static final int CONCURRENT_CALLS = 1000;
  private static final int SOAK_CALLS = 50;
  private static final int SOAK_CHANNELS = 10;
  private static final int UNKNOWN = Status.Code.UNKNOWN.value();
  private static final String SPECIAL_STATUS_MESSAGE =
      "\t\ntest with whitespace\r\nand Unicode BMP \u263a and non-BMP \ud83d\ude08\t\n";
  static final EchoStatus WANTED_STATUS =
      EchoStatus.newBuilder().setCode(UNKNOWN).setMessage("test status message").build();

  private static final Metadata.Key<String> LEADING =
      Metadata.Key.of("x-grpc-test-echo-initial", Metadata.ASCII_STRING_MARSHALLER);
  private static final Metadata.Key<byte[]> TRAILING =
      Metadata.Key.of("x-grpc-test-echo-trailing-bin", Metadata.BINARY_BYTE_MARSHALLER);
  private static final String LEADING_VALUE = "test_initial_metadata_value";
  private static final byte[] TRAILING_VALUE = {(byte) 0xab, (byte) 0xab, (byte) 0xab};

  private UnaryCases() {}

  static Map<String, Client.Case> all() {
    Map<String, Client.Case> cases = new LinkedHashMap<>();
    cases.put("empty_unary", UnaryCases::emptyUnary);
    cases.put("cacheable_unary", UnaryCases::cacheableUnary);
    cases.put("large_unary", client -> largeUnary(client.blocking()));
    cases.put("concurrent_large_unary", UnaryCases::concurrentLargeUnary);
    cases.put("rpc_soak", UnaryCases::rpcSoak);
    cases.put("channel_soak", UnaryCases::channelSoak);
    cases.put("custom_metadata", UnaryCases::customMetadata);
    cases.put("status_code_and_message", UnaryCases::statusCodeAndMessage);
    cases.put("special_status_message", UnaryCases::specialStatusMessage);
    cases.put("unimplemented_method", UnaryCases::unimplementedMethod);
    cases.put("unimplemented_service", UnaryCases::unimplementedService);
    return cases;
  }

  static SimpleRequest largeRequest() {
    return SimpleRequest.newBuilder()
        .setResponseSize(LARGE_RESPONSE_BYTES)
        .setPayload(Check.zeros(LARGE_REQUEST_BYTES))
        .build();
  }

  private static void emptyUnary(Client client) {
    Empty response = client.blocking().emptyCall(Empty.getDefaultInstance());
    Check.that(response.getSerializedSize() == 0, response);
  }

  /** There is no proxy that answers the second call: what is left to see are the headers, and two answers. */
  private static void cacheableUnary(Client client) {
    Metadata.Key<String> cacheControl = Metadata.Key.of("cache-control", Metadata.ASCII_STRING_MARSHALLER);
    Metadata extra = new Metadata();
    extra.put(Metadata.Key.of("x-user-ip", Metadata.ASCII_STRING_MARSHALLER), "1.2.3.4");
    ByteString now = ByteString.copyFromUtf8(Long.toString(System.nanoTime()));
    SimpleRequest request = SimpleRequest.newBuilder().setPayload(Payload.newBuilder().setBody(now)).build();
    long last = 0;
    for (int i = 0; i < 2; i++) {
      Seen seen = new Seen();
      SimpleResponse response =
          client.blocking()
              .withInterceptors(MetadataUtils.newAttachHeadersInterceptor(extra), seen.interceptor())
              .cacheableUnaryCall(request);
      String header = seen.headers.get().get(cacheControl);
      Check.that(header != null && header.contains("max-age=60"), seen.headers.get());
      long time = Long.parseLong(response.getPayload().getBody().toStringUtf8());
      Check.that(time > last, time + " after " + last);
      last = time;
    }
  }

  private static void largeUnary(TestServiceGrpc.TestServiceBlockingStub stub) {
    Check.body(stub.unaryCall(largeRequest()).getPayload(), LARGE_RESPONSE_BYTES);
  }

  private static void concurrentLargeUnary(Client client) throws Exception {
    TestServiceGrpc.TestServiceFutureStub stub =
        TestServiceGrpc.newFutureStub(client.channel).withDeadlineAfter(Client.CALL_SECONDS, TimeUnit.SECONDS);
    SimpleRequest request = largeRequest();
    List<ListenableFuture<SimpleResponse>> calls = new ArrayList<>();
    for (int i = 0; i < CONCURRENT_CALLS; i++) {
      calls.add(stub.unaryCall(request));
    }
    for (ListenableFuture<SimpleResponse> call : calls) {
      Check.body(call.get().getPayload(), LARGE_RESPONSE_BYTES);
    }
  }

  private static void rpcSoak(Client client) {
    for (int i = 0; i < SOAK_CALLS; i++) {
      largeUnary(client.blocking());
    }
  }

  private static void channelSoak(Client client) throws Exception {
    for (int i = 0; i < SOAK_CHANNELS; i++) {
      ManagedChannel channel = client.newChannel();
      largeUnary(TestServiceGrpc.newBlockingStub(channel).withDeadlineAfter(Client.CALL_SECONDS, TimeUnit.SECONDS));
      channel.shutdown();
    }
  }

  private static void customMetadata(Client client) throws Exception {
    Metadata extra = new Metadata();
    extra.put(LEADING, LEADING_VALUE);
    extra.put(TRAILING, TRAILING_VALUE);
    ClientInterceptor attach = MetadataUtils.newAttachHeadersInterceptor(extra);
    Seen unary = new Seen();
    client.blocking().withInterceptors(attach, unary.interceptor()).unaryCall(largeRequest());
    unary.checkEcho();
    Seen duplex = new Seen();
    Responses responses = new Responses();
    Requests requests =
        new Requests(client.streaming().withInterceptors(attach, duplex.interceptor()).fullDuplexCall(responses));
    requests.send(LARGE_REQUEST_BYTES, LARGE_RESPONSE_BYTES);
    requests.halfClose();
    Check.body(responses.next(), LARGE_RESPONSE_BYTES);
    responses.checkEnd();
    duplex.checkEcho();
  }

  private static void statusCodeAndMessage(Client client) throws Exception {
    SimpleRequest request = SimpleRequest.newBuilder().setResponseStatus(WANTED_STATUS).build();
    Check.status(Check.failure(() -> client.blocking().unaryCall(request)), WANTED_STATUS);
    Responses responses = new Responses();
    Requests requests = new Requests(client.streaming().fullDuplexCall(responses));
    requests.sendWithStatus(WANTED_STATUS);
    requests.halfClose();
    Check.status(responses.error(), WANTED_STATUS);
  }

  private static void specialStatusMessage(Client client) {
    EchoStatus wanted = EchoStatus.newBuilder().setCode(UNKNOWN).setMessage(SPECIAL_STATUS_MESSAGE).build();
    SimpleRequest request = SimpleRequest.newBuilder().setResponseStatus(wanted).build();
    Check.status(Check.failure(() -> client.blocking().unaryCall(request)), wanted);
  }

  private static void unimplementedMethod(Client client) {
    Throwable error = Check.failure(() -> client.blocking().unimplementedCall(Empty.getDefaultInstance()));
    Check.code(error, Status.Code.UNIMPLEMENTED);
  }

  private static void unimplementedService(Client client) {
    UnimplementedServiceGrpc.UnimplementedServiceBlockingStub stub =
        UnimplementedServiceGrpc.newBlockingStub(client.channel)
            .withDeadlineAfter(Client.CALL_SECONDS, TimeUnit.SECONDS);
    Throwable error = Check.failure(() -> stub.unimplementedCall(Empty.getDefaultInstance()));
    Check.code(error, Status.Code.UNIMPLEMENTED);
  }

  /** The metadata that came with one call's responses. */
  private static final class Seen {
    final AtomicReference<Metadata> headers = new AtomicReference<>();
    final AtomicReference<Metadata> trailers = new AtomicReference<>();

    ClientInterceptor interceptor() {
      return MetadataUtils.newCaptureMetadataInterceptor(headers, trailers);
    }

    void checkEcho() {
      Check.that(LEADING_VALUE.equals(headers.get().get(LEADING)), headers.get());
      Check.that(Arrays.equals(TRAILING_VALUE, trailers.get().get(TRAILING)), trailers.get());
    }
  }
}
