package interop;

import io.grpc.stub.StreamObserver;
import io.grpc.testing.integration.Messages.Payload;
import io.grpc.testing.integration.Messages.StreamingOutputCallResponse;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

/** The responses of a call, to be waited for. */
final class Responses implements StreamObserver<StreamingOutputCallResponse> {
  private static final Object END = new Object();

  private final BlockingQueue<Object> events = new LinkedBlockingQueue<>();

  @Override
  public void onNext(StreamingOutputCallResponse response) {
    events.add(response);
  }

  @Override
  public void onError(Throwable error) {
    events.add(error);
  }

  @Override
  public void onCompleted() {
    events.add(END);
  }

  private Object event() throws InterruptedException {
    Object event = events.poll(Client.CALL_SECONDS, TimeUnit.SECONDS);
    Check.that(event != null, "nothing came within " + Client.CALL_SECONDS + " s");
    return event;
  }

  /** The next response's payload. */
  Payload next() throws InterruptedException {
    Object event = event();
    Check.that(event instanceof StreamingOutputCallResponse, event);
    return ((StreamingOutputCallResponse) event).getPayload();
  }

  /** No more responses, and a call that ended well. */
  void checkEnd() throws InterruptedException {
    Object event = event();
    Check.that(event == END, event);
  }

  /** How the call failed. */
  Throwable error() throws InterruptedException {
    Object event = event();
    Check.that(event instanceof Throwable, event);
    return (Throwable) event;
  }
}
