package interop;

import com.google.protobuf.Duration;
import com.google.protobuf.InvalidProtocolBufferException;
import interop.orca.OpenRcaServiceGrpc;
import interop.orca.OrcaLoadReport;
import interop.orca.OrcaLoadReportRequest;
import io.grpc.Metadata;
import io.grpc.stub.MetadataUtils;
import io.grpc.stub.StreamObserver;
import io.grpc.testing.integration.Messages.ResponseParameters;
import io.grpc.testing.integration.Messages.SimpleRequest;
import io.grpc.testing.integration.Messages.StreamingOutputCallRequest;
import io.grpc.testing.integration.Messages.TestOrcaReport;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;

/** Reports of load: what the suite's own clients let a load balancer read. */
final class LoadCases {
  private static final Metadata.Key<byte[]> TRAILER =
      Metadata.Key.of("endpoint-load-metrics-bin", Metadata.BINARY_BYTE_MARSHALLER);
  private static final int INTERVAL_NANOSECONDS = 20_000_000;
  private static final TestOrcaReport LOAD =
      TestOrcaReport.newBuilder()
          .setCpuUtilization(0.8210)
          .setMemoryUtilization(0.5847)
          .putUtilization("util", 0.30499)
          .build();
  private static final TestOrcaReport OTHER_LOAD =
      TestOrcaReport.newBuilder()
          .setCpuUtilization(0.29309)
          .setMemoryUtilization(0.2)
          .putUtilization("util", 100.2039)
          .build();

  private LoadCases() {}

  static Map<String, Client.Case> all() {
    Map<String, Client.Case> cases = new LinkedHashMap<>();
    cases.put("orca_per_rpc", LoadCases::orcaPerRpc);
    cases.put("orca_oob", LoadCases::orcaOob);
    return cases;
  }

  private static OrcaLoadReport told(TestOrcaReport load) {
    return OrcaLoadReport.newBuilder()
        .setCpuUtilization(load.getCpuUtilization())
        .setMemUtilization(load.getMemoryUtilization())
        .putAllUtilization(load.getUtilizationMap())
        .putAllRequestCost(load.getRequestCostMap())
        .build();
  }

  private static void orcaPerRpc(Client client) throws InvalidProtocolBufferException {
    TestOrcaReport wanted = LOAD.toBuilder().putRequestCost("cost", 3456.32).build();
    AtomicReference<Metadata> headers = new AtomicReference<>();
    AtomicReference<Metadata> trailers = new AtomicReference<>();
    client
        .blocking()
        .withInterceptors(MetadataUtils.newCaptureMetadataInterceptor(headers, trailers))
        .unaryCall(SimpleRequest.newBuilder().setOrcaPerQueryReport(wanted).build());
    byte[] report = trailers.get().get(TRAILER);
    Check.that(report != null, trailers.get());
    Check.that(OrcaLoadReport.parseFrom(report).equals(told(wanted)), OrcaLoadReport.parseFrom(report));
  }

  private static void orcaOob(Client client) throws InterruptedException {
    OrcaLoadReportRequest asked =
        OrcaLoadReportRequest.newBuilder()
            .setReportInterval(Duration.newBuilder().setNanos(INTERVAL_NANOSECONDS))
            .build();
    Iterator<OrcaLoadReport> reports =
        OpenRcaServiceGrpc.newBlockingStub(client.channel)
            .withDeadlineAfter(Client.CALL_SECONDS, TimeUnit.SECONDS)
            .streamCoreMetrics(asked);
    Responses responses = new Responses();
    StreamObserver<StreamingOutputCallRequest> requests = client.streaming().fullDuplexCall(responses);
    for (TestOrcaReport load : List.of(LOAD, OTHER_LOAD)) {
      requests.onNext(
          StreamingOutputCallRequest.newBuilder()
              .setOrcaOobReport(load)
              .addResponseParameters(ResponseParameters.newBuilder().setSize(1))
              .build());
      Check.body(responses.next(), 1);
      while (!reports.next().equals(told(load))) {}
    }
    requests.onCompleted();
    responses.checkEnd();
  }
}
