package interop;

import com.google.protobuf.ByteString;
import io.grpc.Status;
import io.grpc.testing.integration.Messages.EchoStatus;
import io.grpc.testing.integration.Messages.Payload;

/** What must hold. */
final class Check {
  private Check() {}

  static void that(boolean holds, Object otherwise) {
    if (!holds) {
      throw new AssertionError(otherwise);
    }
  }

  /** As many zeros as were asked for. */
  static void body(Payload payload, int size) {
    ByteString body = payload.getBody();
    that(body.equals(zeros(size).getBody()), body.size() + " bytes came, not " + size + " zeros");
  }

  static Payload zeros(int size) {
    return Payload.newBuilder().setBody(ByteString.copyFrom(new byte[size])).build();
  }

  static void status(Throwable error, EchoStatus wanted) {
    Status ended = Status.fromThrowable(error);
    that(
        ended.getCode().value() == wanted.getCode() && wanted.getMessage().equals(ended.getDescription()),
        "ended with " + ended);
  }

  static void code(Throwable error, Status.Code wanted) {
    that(error != null && Status.fromThrowable(error).getCode() == wanted, "ended with " + error);
  }

  /** How a call failed that must fail. */
  static Throwable failure(Runnable call) {
    try {
      call.run();
    } catch (RuntimeException error) {
      return error;
    }
    throw new AssertionError("the call succeeded");
  }
}
