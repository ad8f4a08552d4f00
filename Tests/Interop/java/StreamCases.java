package interop;

import io.grpc.Status;
import io.grpc.stub.StreamObserver;
import io.grpc.testing.integration.Messages.StreamingInputCallRequest;
import io.grpc.testing.integration.Messages.StreamingInputCallResponse;
import io.grpc.testing.integration.Messages.StreamingOutputCallRequest;
import io.grpc.testing.integration.Messages.StreamingOutputCallResponse;
import io.grpc.testing.integration.TestServiceGrpc;
import java.util.Arrays;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;

/** Cases of calls with a stream on either side. */
final class StreamCases {
  private static final int[] REQUEST_SIZES = {27182, 8, 1828, 45904};
  private static final int[] RESPONSE_SIZES = {31415, 9, 2653, 58979};
  private static final int INTERVAL_MICROSECONDS = 30_000;

  private StreamCases() {}

  static Map<String, Client.Case> all() {
    Map<String, Client.Case> cases = new LinkedHashMap<>();
    cases.put("client_streaming", StreamCases::clientStreaming);
    cases.put("server_streaming", client -> serverStreaming(client, 0));
    cases.put("response_intervals", StreamCases::responseIntervals);
    cases.put("ping_pong", StreamCases::pingPong);
    cases.put("empty_stream", StreamCases::emptyStream);
    cases.put("half_duplex", StreamCases::halfDuplex);
    cases.put("cancel_after_begin", StreamCases::cancelAfterBegin);
    cases.put("cancel_after_first_response", StreamCases::cancelAfterFirstResponse);
    cases.put("timeout_on_sleeping_server", StreamCases::timeoutOnSleepingServer);
    return cases;
  }

  private static void clientStreaming(Client client) throws Exception {
    OnlyResponse response = new OnlyResponse();
    StreamObserver<StreamingInputCallRequest> requests = client.streaming().streamingInputCall(response);
    for (int size : REQUEST_SIZES) {
      requests.onNext(StreamingInputCallRequest.newBuilder().setPayload(Check.zeros(size)).build());
    }
    requests.onCompleted();
    int counted = response.value.get(Client.CALL_SECONDS, TimeUnit.SECONDS).getAggregatedPayloadSize();
    Check.that(counted == Arrays.stream(REQUEST_SIZES).sum(), counted + " bytes were counted");
  }

  private static void serverStreaming(Client client, int intervalMicroseconds) {
    StreamingOutputCallRequest request = Requests.asking(0, intervalMicroseconds, RESPONSE_SIZES);
    Iterator<StreamingOutputCallResponse> responses = client.blocking().streamingOutputCall(request);
    for (int size : RESPONSE_SIZES) {
      Check.body(responses.next().getPayload(), size);
    }
    Check.that(!responses.hasNext(), "more responses came than were asked for");
  }

  private static void responseIntervals(Client client) {
    long start = System.nanoTime();
    serverStreaming(client, INTERVAL_MICROSECONDS);
    long microseconds = (System.nanoTime() - start) / 1000;
    Check.that(
        microseconds >= RESPONSE_SIZES.length * INTERVAL_MICROSECONDS, "all came within " + microseconds + " µs");
  }

  private static void pingPong(Client client) throws Exception {
    Responses responses = new Responses();
    Requests requests = new Requests(client.streaming().fullDuplexCall(responses));
    for (int i = 0; i < REQUEST_SIZES.length; i++) {
      requests.send(REQUEST_SIZES[i], RESPONSE_SIZES[i]);
      Check.body(responses.next(), RESPONSE_SIZES[i]);
    }
    requests.halfClose();
    responses.checkEnd();
  }

  private static void emptyStream(Client client) throws Exception {
    Responses responses = new Responses();
    new Requests(client.streaming().fullDuplexCall(responses)).halfClose();
    responses.checkEnd();
  }

  private static void halfDuplex(Client client) throws Exception {
    Responses responses = new Responses();
    Requests requests = new Requests(client.streaming().halfDuplexCall(responses));
    for (int i = 0; i < REQUEST_SIZES.length; i++) {
      requests.send(REQUEST_SIZES[i], RESPONSE_SIZES[i]);
    }
    requests.halfClose();
    for (int size : RESPONSE_SIZES) {
      Check.body(responses.next(), size);
    }
    responses.checkEnd();
  }

  private static void cancelAfterBegin(Client client) throws Exception {
    OnlyResponse response = new OnlyResponse();
    client.streaming().streamingInputCall(response).onError(new RuntimeException("the caller thought better of it"));
    try {
      response.value.get(Client.CALL_SECONDS, TimeUnit.SECONDS);
      throw new AssertionError("the call succeeded");
    } catch (ExecutionException error) {
      Check.code(error.getCause(), Status.Code.CANCELLED);
    }
  }

  private static void cancelAfterFirstResponse(Client client) throws Exception {
    Responses responses = new Responses();
    Requests requests = new Requests(client.streaming().fullDuplexCall(responses));
    requests.send(REQUEST_SIZES[0], RESPONSE_SIZES[0]);
    Check.body(responses.next(), RESPONSE_SIZES[0]);
    requests.cancel();
    Check.code(responses.error(), Status.Code.CANCELLED);
  }

  private static void timeoutOnSleepingServer(Client client) throws Exception {
    Responses responses = new Responses();
    TestServiceGrpc.TestServiceStub hasty =
        TestServiceGrpc.newStub(client.channel).withDeadlineAfter(1, TimeUnit.MILLISECONDS);
    Requests requests = new Requests(hasty.fullDuplexCall(responses));
    try {
      requests.send(REQUEST_SIZES[0]);
    } catch (IllegalStateException tooLate) {
      // The end, which is checked below, came before the request could be sent.
    }
    Check.code(responses.error(), Status.Code.DEADLINE_EXCEEDED);
  }

  /** The answer to a stream of requests. */
  static final class OnlyResponse implements StreamObserver<StreamingInputCallResponse> {
    final CompletableFuture<StreamingInputCallResponse> value = new CompletableFuture<>();

    @Override
    public void onNext(StreamingInputCallResponse response) {
      value.complete(response);
    }

    @Override
    public void onError(Throwable error) {
      value.completeExceptionally(error);
    }

    @Override
    public void onCompleted() {
      value.completeExceptionally(new AssertionError("the call ended without a response"));
    }
  }
}
