package interop;

import io.grpc.CallOptions;
import io.grpc.Channel;
import io.grpc.ClientCall;
import io.grpc.ClientInterceptor;
import io.grpc.ClientStreamTracer;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.Status;
import io.grpc.stub.ClientCallStreamObserver;
import io.grpc.testing.integration.Messages.BoolValue;
import io.grpc.testing.integration.Messages.ResponseParameters;
import io.grpc.testing.integration.Messages.SimpleRequest;
import io.grpc.testing.integration.Messages.StreamingInputCallRequest;
import io.grpc.testing.integration.Messages.StreamingOutputCallRequest;
import io.grpc.testing.integration.Messages.StreamingOutputCallResponse;
import io.grpc.testing.integration.TestServiceGrpc;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;

/** Cases in which some messages are compressed and others are not. */
final class CompressionCases {
  private static final String GZIP = "gzip";
  private static final int FIRST_REQUEST_BYTES = 27182;
  private static final int SECOND_REQUEST_BYTES = 45904;
  private static final int[] RESPONSE_SIZES = {31415, 92653};

  private CompressionCases() {}

  static Map<String, Client.Case> all() {
    Map<String, Client.Case> cases = new LinkedHashMap<>();
    cases.put("client_compressed_unary", CompressionCases::clientCompressedUnary);
    cases.put("server_compressed_unary", CompressionCases::serverCompressedUnary);
    cases.put("client_compressed_streaming", CompressionCases::clientCompressedStreaming);
    cases.put("server_compressed_streaming", CompressionCases::serverCompressedStreaming);
    return cases;
  }

  private static BoolValue flag(boolean value) {
    return BoolValue.newBuilder().setValue(value).build();
  }

  private static void clientCompressedUnary(Client client) {
    SimpleRequest compressed = UnaryCases.largeRequest().toBuilder().setExpectCompressed(flag(true)).build();
    SimpleRequest uncompressed = UnaryCases.largeRequest().toBuilder().setExpectCompressed(flag(false)).build();
    TestServiceGrpc.TestServiceBlockingStub compressing = client.blocking().withCompression(GZIP);
    Check.code(Check.failure(() -> client.blocking().unaryCall(compressed)), Status.Code.INVALID_ARGUMENT);
    Check.body(compressing.unaryCall(compressed).getPayload(), UnaryCases.LARGE_RESPONSE_BYTES);
    Check.body(client.blocking().unaryCall(uncompressed).getPayload(), UnaryCases.LARGE_RESPONSE_BYTES);
  }

  private static void serverCompressedUnary(Client client) {
    for (boolean compressed : new boolean[] {true, false}) {
      WireSizes sizes = new WireSizes();
      SimpleRequest request =
          UnaryCases.largeRequest().toBuilder().setResponseCompressed(flag(compressed)).build();
      Check.body(
          client.blocking().withInterceptors(sizes).unaryCall(request).getPayload(), UnaryCases.LARGE_RESPONSE_BYTES);
      sizes.check(0, UnaryCases.LARGE_RESPONSE_BYTES, compressed);
    }
  }

  private static void clientCompressedStreaming(Client client) throws Exception {
    StreamingInputCallRequest compressed = request(FIRST_REQUEST_BYTES, true);
    StreamCases.OnlyResponse refused = new StreamCases.OnlyResponse();
    client.streaming().streamingInputCall(refused).onNext(compressed);
    try {
      refused.value.get(Client.CALL_SECONDS, TimeUnit.SECONDS);
      throw new AssertionError("the server believes that what is not compressed is");
    } catch (ExecutionException error) {
      Check.code(error.getCause(), Status.Code.INVALID_ARGUMENT);
    }
    StreamCases.OnlyResponse response = new StreamCases.OnlyResponse();
    ClientCallStreamObserver<StreamingInputCallRequest> requests =
        (ClientCallStreamObserver<StreamingInputCallRequest>)
            client.streaming().withCompression(GZIP).streamingInputCall(response);
    requests.setMessageCompression(true);
    requests.onNext(compressed);
    requests.setMessageCompression(false);
    requests.onNext(request(SECOND_REQUEST_BYTES, false));
    requests.onCompleted();
    int counted = response.value.get(Client.CALL_SECONDS, TimeUnit.SECONDS).getAggregatedPayloadSize();
    Check.that(counted == FIRST_REQUEST_BYTES + SECOND_REQUEST_BYTES, counted + " bytes were counted");
  }

  private static StreamingInputCallRequest request(int bytes, boolean compressed) {
    return StreamingInputCallRequest.newBuilder()
        .setPayload(Check.zeros(bytes))
        .setExpectCompressed(flag(compressed))
        .build();
  }

  private static void serverCompressedStreaming(Client client) {
    StreamingOutputCallRequest.Builder request = StreamingOutputCallRequest.newBuilder();
    for (int i = 0; i < RESPONSE_SIZES.length; i++) {
      request.addResponseParameters(
          ResponseParameters.newBuilder().setSize(RESPONSE_SIZES[i]).setCompressed(flag(i == 0)));
    }
    WireSizes sizes = new WireSizes();
    Iterator<StreamingOutputCallResponse> responses =
        client.blocking().withInterceptors(sizes).streamingOutputCall(request.build());
    for (int i = 0; i < RESPONSE_SIZES.length; i++) {
      Check.body(responses.next().getPayload(), RESPONSE_SIZES[i]);
      sizes.check(i, RESPONSE_SIZES[i], i == 0);
    }
    Check.that(!responses.hasNext(), "more responses came than were asked for");
  }

  /** How large each response of a call was before it was decompressed. */
  private static final class WireSizes extends ClientStreamTracer implements ClientInterceptor {
    private final Map<Integer, Long> bytes = new ConcurrentHashMap<>();

    @Override
    public void inboundMessageRead(int number, long wireBytes, long uncompressedBytes) {
      bytes.put(number, wireBytes);
    }

    @Override
    public <Q, R> ClientCall<Q, R> interceptCall(MethodDescriptor<Q, R> method, CallOptions options, Channel next) {
      ClientStreamTracer.Factory tracing =
          new ClientStreamTracer.Factory() {
            @Override
            public ClientStreamTracer newClientStreamTracer(StreamInfo info, Metadata headers) {
              return WireSizes.this;
            }
          };
      return next.newCall(method, options.withStreamTracerFactory(tracing));
    }

    void check(int number, int payloadBytes, boolean compressed) {
      Check.that(bytes.get(number) < payloadBytes == compressed, payloadBytes + " bytes came as " + bytes);
    }
  }
}
