package main

import (
	"context"
	"fmt"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/encoding/gzip"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/stats"

	suite "interop/grpc_testing"
)

// wireSizes notes the size of each response before it is decompressed, for the call whose context asks for it.
type wireSizes struct{}

type wireSizesKey struct{}

func (wireSizes) TagRPC(ctx context.Context, _ *stats.RPCTagInfo) context.Context   { return ctx }
func (wireSizes) TagConn(ctx context.Context, _ *stats.ConnTagInfo) context.Context { return ctx }
func (wireSizes) HandleConn(context.Context, stats.ConnStats)                       {}

func (wireSizes) HandleRPC(ctx context.Context, event stats.RPCStats) {
	if sizes, wanted := ctx.Value(wireSizesKey{}).(*[]int); wanted {
		if payload, isPayload := event.(*stats.InPayload); isPayload {
			*sizes = append(*sizes, payload.WireLength)
		}
	}
}

// acceptingGzip notes responses' sizes, and says what this version of grpc-go understands but does not say by itself.
func acceptingGzip(ctx context.Context) (context.Context, *[]int) {
	sizes := new([]int)
	ctx = metadata.AppendToOutgoingContext(ctx, "grpc-accept-encoding", gzip.Name)
	return context.WithValue(ctx, wireSizesKey{}, sizes), sizes
}

// checkCompressed wants a response of so many zeros to have come in less room, or not.
func checkCompressed(wireSize, payloadSize int, compressed bool) error {
	if (wireSize < payloadSize) != compressed {
		return fmt.Errorf("%d bytes came as %d", payloadSize, wireSize)
	}
	return nil
}

func flag(value bool) *suite.BoolValue { return &suite.BoolValue{Value: value} }

func clientCompressedUnary(ctx context.Context, c *client) error {
	request := largeRequest()
	request.ExpectCompressed = flag(true)
	if _, err := c.UnaryCall(ctx, request); err != nil {
		if err := checkCode(err, codes.InvalidArgument); err != nil {
			return err
		}
	} else {
		return fmt.Errorf("the server believes that what is not compressed is")
	}
	response, err := c.UnaryCall(ctx, request, grpc.UseCompressor(gzip.Name))
	if err != nil {
		return err
	}
	if err := checkBody(response.GetPayload().GetBody(), largeResponseBytes); err != nil {
		return err
	}
	request.ExpectCompressed = flag(false)
	if response, err = c.UnaryCall(ctx, request); err != nil {
		return err
	}
	return checkBody(response.GetPayload().GetBody(), largeResponseBytes)
}

func serverCompressedUnary(ctx context.Context, c *client) error {
	for _, compressed := range []bool{true, false} {
		ctx, sizes := acceptingGzip(ctx)
		request := largeRequest()
		request.ResponseCompressed = flag(compressed)
		response, err := c.UnaryCall(ctx, request)
		if err != nil {
			return err
		}
		if err := checkBody(response.GetPayload().GetBody(), largeResponseBytes); err != nil {
			return err
		}
		if err := checkCompressed((*sizes)[0], largeResponseBytes, compressed); err != nil {
			return err
		}
	}
	return nil
}

func clientCompressedStreaming(ctx context.Context, c *client) error {
	compressed := &suite.StreamingInputCallRequest{ExpectCompressed: flag(true), Payload: payload(requestSizes[0])}
	uncompressed := &suite.StreamingInputCallRequest{ExpectCompressed: flag(false), Payload: payload(requestSizes[3])}

	// The probe also lends its way of encoding: grpc-go has no switch for a single message of a stream.
	probe, err := c.StreamingInputCall(ctx)
	if err != nil {
		return err
	}
	var asItIs grpc.PreparedMsg
	if err := asItIs.Encode(probe, uncompressed); err != nil {
		return err
	}
	if err := probe.Send(compressed); err != nil {
		return err
	}
	_, err = probe.CloseAndRecv()
	if err := checkCode(err, codes.InvalidArgument); err != nil {
		return err
	}

	stream, err := c.StreamingInputCall(ctx, grpc.UseCompressor(gzip.Name))
	if err != nil {
		return err
	}
	if err := stream.Send(compressed); err != nil {
		return err
	}
	if err := stream.SendMsg(&asItIs); err != nil {
		return err
	}
	response, err := stream.CloseAndRecv()
	if err == nil && int(response.AggregatedPayloadSize) != requestSizes[0]+requestSizes[3] {
		return fmt.Errorf("%d bytes were counted", response.AggregatedPayloadSize)
	}
	return err
}

func serverCompressedStreaming(ctx context.Context, c *client) error {
	ctx, wire := acceptingGzip(ctx)
	sizes := []int{31415, 92653}
	request := asking(0, sizes...)
	for i, parameters := range request.ResponseParameters {
		parameters.Compressed = flag(i == 0)
	}
	stream, err := c.StreamingOutputCall(ctx, request)
	if err != nil {
		return err
	}
	for i, size := range sizes {
		response, err := stream.Recv()
		if err != nil {
			return err
		}
		if err := checkBody(response.GetPayload().GetBody(), size); err != nil {
			return err
		}
		if err := checkCompressed((*wire)[i], size, i == 0); err != nil {
			return err
		}
	}
	return checkEnd(stream.Recv())
}
