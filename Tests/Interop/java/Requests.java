package interop;

import io.grpc.stub.StreamObserver;
import io.grpc.testing.integration.Messages.EchoStatus;
import io.grpc.testing.integration.Messages.ResponseParameters;
import io.grpc.testing.integration.Messages.StreamingOutputCallRequest;

/** The requests of a call with streams both ways. */
final class Requests {
  private final StreamObserver<StreamingOutputCallRequest> stream;

  Requests(StreamObserver<StreamingOutputCallRequest> stream) {
    this.stream = stream;
  }

  static StreamingOutputCallRequest asking(int requestBytes, int intervalMicroseconds, int... responseBytes) {
    StreamingOutputCallRequest.Builder request =
        StreamingOutputCallRequest.newBuilder().setPayload(Check.zeros(requestBytes));
    for (int size : responseBytes) {
      request.addResponseParameters(
          ResponseParameters.newBuilder().setSize(size).setIntervalUs(intervalMicroseconds));
    }
    return request.build();
  }

  void send(int requestBytes, int... responseBytes) {
    stream.onNext(asking(requestBytes, 0, responseBytes));
  }

  void sendWithStatus(EchoStatus status) {
    stream.onNext(StreamingOutputCallRequest.newBuilder().setResponseStatus(status).build());
  }

  void halfClose() {
    stream.onCompleted();
  }

  void cancel() {
    stream.onError(new RuntimeException("the caller has seen enough"));
  }
}
