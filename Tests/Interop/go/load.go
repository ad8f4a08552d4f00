package main

import (
	"context"
	"fmt"

	"github.com/golang/protobuf/proto"
	"github.com/golang/protobuf/ptypes/duration"
	"google.golang.org/grpc"
	"google.golang.org/grpc/metadata"

	suite "interop/grpc_testing"
	"interop/orca"
)

// Reports of load: what the suite's own clients let a load balancer read.

const (
	loadTrailer             = "endpoint-load-metrics-bin"
	loadIntervalNanoseconds = 20_000_000
)

var (
	load = &suite.TestOrcaReport{
		CpuUtilization: 0.8210, MemoryUtilization: 0.5847, Utilization: map[string]float64{"util": 0.30499},
	}
	otherLoad = &suite.TestOrcaReport{
		CpuUtilization: 0.29309, MemoryUtilization: 0.2, Utilization: map[string]float64{"util": 100.2039},
	}
)

func isLoad(report *orca.OrcaLoadReport, load *suite.TestOrcaReport, cost map[string]float64) bool {
	return proto.Equal(report, &orca.OrcaLoadReport{
		CpuUtilization: load.CpuUtilization, MemUtilization: load.MemoryUtilization,
		Utilization: load.Utilization, RequestCost: cost,
	})
}

func orcaPerRPC(ctx context.Context, c *client) error {
	cost := map[string]float64{"cost": 3456.32}
	wanted := proto.Clone(load).(*suite.TestOrcaReport)
	wanted.RequestCost = cost
	var trailer metadata.MD
	if _, err := c.UnaryCall(ctx, &suite.SimpleRequest{OrcaPerQueryReport: wanted}, grpc.Trailer(&trailer)); err != nil {
		return err
	}
	told := trailer[loadTrailer]
	if len(told) != 1 {
		return fmt.Errorf("the trailers are %v", trailer)
	}
	report := &orca.OrcaLoadReport{}
	if err := proto.Unmarshal([]byte(told[0]), report); err != nil {
		return err
	}
	if !isLoad(report, load, cost) {
		return fmt.Errorf("the load is %v", report)
	}
	return nil
}

func orcaOOB(ctx context.Context, c *client) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	asked := &orca.OrcaLoadReportRequest{ReportInterval: &duration.Duration{Nanos: loadIntervalNanoseconds}}
	reports, err := orca.NewOpenRcaServiceClient(c.connection).StreamCoreMetrics(ctx, asked)
	if err != nil {
		return err
	}
	stream, err := c.FullDuplexCall(ctx)
	if err != nil {
		return err
	}
	for _, wanted := range []*suite.TestOrcaReport{load, otherLoad} {
		request := &suite.StreamingOutputCallRequest{
			OrcaOobReport: wanted, ResponseParameters: []*suite.ResponseParameters{{Size: 1}},
		}
		if err := stream.Send(request); err != nil {
			return err
		}
		if _, err := stream.Recv(); err != nil {
			return err
		}
		for told := false; !told; {
			report, err := reports.Recv()
			if err != nil {
				return err
			}
			told = isLoad(report, wanted, nil)
		}
	}
	return halfCloseAndEnd(stream)
}
