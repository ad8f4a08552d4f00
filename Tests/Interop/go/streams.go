package main

import (
	"context"
	"fmt"
	"io"
	"time"

	"google.golang.org/grpc/codes"

	suite "interop/grpc_testing"
)

const responseInterval = 30 * time.Millisecond

var (
	requestSizes  = []int{27182, 8, 1828, 45904}
	responseSizes = []int{31415, 9, 2653, 58979}
)

// duplex is what FullDuplexCall and HalfDuplexCall have in common.
type duplex interface {
	Send(*suite.StreamingOutputCallRequest) error
	Recv() (*suite.StreamingOutputCallResponse, error)
	CloseSend() error
}

func asking(requestBytes int, responseBytes ...int) *suite.StreamingOutputCallRequest {
	request := &suite.StreamingOutputCallRequest{Payload: payload(requestBytes)}
	for _, size := range responseBytes {
		request.ResponseParameters = append(request.ResponseParameters, &suite.ResponseParameters{Size: int32(size)})
	}
	return request
}

func receive(stream duplex, size int) error {
	response, err := stream.Recv()
	if err != nil {
		return err
	}
	return checkBody(response.GetPayload().GetBody(), size)
}

func exchange(stream duplex, requestBytes, responseBytes int) error {
	if err := stream.Send(asking(requestBytes, responseBytes)); err != nil {
		return err
	}
	return receive(stream, responseBytes)
}

// checkEnd wants no more responses, and a call that ended well.
func checkEnd(response *suite.StreamingOutputCallResponse, err error) error {
	if err != io.EOF {
		return fmt.Errorf("not the end: %v, %v", response, err)
	}
	return nil
}

func halfCloseAndEnd(stream duplex) error {
	if err := stream.CloseSend(); err != nil {
		return err
	}
	return checkEnd(stream.Recv())
}

func clientStreaming(ctx context.Context, c *client) error {
	stream, err := c.StreamingInputCall(ctx)
	if err != nil {
		return err
	}
	total := 0
	for _, size := range requestSizes {
		if err := stream.Send(&suite.StreamingInputCallRequest{Payload: payload(size)}); err != nil {
			return err
		}
		total += size
	}
	response, err := stream.CloseAndRecv()
	if err == nil && int(response.AggregatedPayloadSize) != total {
		return fmt.Errorf("%d bytes were counted, not %d", response.AggregatedPayloadSize, total)
	}
	return err
}

func serverStreaming(ctx context.Context, c *client) error {
	stream, err := c.StreamingOutputCall(ctx, asking(0, responseSizes...))
	if err != nil {
		return err
	}
	for _, size := range responseSizes {
		response, err := stream.Recv()
		if err != nil {
			return err
		}
		if err := checkBody(response.GetPayload().GetBody(), size); err != nil {
			return err
		}
	}
	return checkEnd(stream.Recv())
}

func responseIntervals(ctx context.Context, c *client) error {
	request := asking(0, responseSizes...)
	for _, parameters := range request.ResponseParameters {
		parameters.IntervalUs = int32(responseInterval.Microseconds())
	}
	start := time.Now()
	stream, err := c.StreamingOutputCall(ctx, request)
	if err != nil {
		return err
	}
	for range responseSizes {
		if _, err := stream.Recv(); err != nil {
			return err
		}
	}
	if took := time.Since(start); took < time.Duration(len(responseSizes))*responseInterval {
		return fmt.Errorf("all came within %v", took)
	}
	return checkEnd(stream.Recv())
}

func pingPong(ctx context.Context, c *client) error {
	stream, err := c.FullDuplexCall(ctx)
	if err != nil {
		return err
	}
	for i := range requestSizes {
		if err := exchange(stream, requestSizes[i], responseSizes[i]); err != nil {
			return err
		}
	}
	return halfCloseAndEnd(stream)
}

func emptyStream(ctx context.Context, c *client) error {
	stream, err := c.FullDuplexCall(ctx)
	if err != nil {
		return err
	}
	return halfCloseAndEnd(stream)
}

func halfDuplex(ctx context.Context, c *client) error {
	stream, err := c.HalfDuplexCall(ctx)
	if err != nil {
		return err
	}
	for i := range requestSizes {
		if err := stream.Send(asking(requestSizes[i], responseSizes[i])); err != nil {
			return err
		}
	}
	if err := stream.CloseSend(); err != nil {
		return err
	}
	for _, size := range responseSizes {
		if err := receive(stream, size); err != nil {
			return err
		}
	}
	return checkEnd(stream.Recv())
}

func cancelAfterBegin(ctx context.Context, c *client) error {
	ctx, cancel := context.WithCancel(ctx)
	stream, err := c.StreamingInputCall(ctx)
	if err != nil {
		cancel()
		return err
	}
	cancel()
	_, err = stream.CloseAndRecv()
	return checkCode(err, codes.Canceled)
}

func cancelAfterFirstResponse(ctx context.Context, c *client) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	stream, err := c.FullDuplexCall(ctx)
	if err != nil {
		return err
	}
	if err := exchange(stream, requestSizes[0], responseSizes[0]); err != nil {
		return err
	}
	cancel()
	_, err = stream.Recv()
	return checkCode(err, codes.Canceled)
}

func timeoutOnSleepingServer(ctx context.Context, c *client) error {
	ctx, cancel := context.WithTimeout(ctx, time.Millisecond)
	defer cancel()
	stream, err := c.FullDuplexCall(ctx)
	if err == nil {
		// What is sent may come too late already: the end says how it was.
		if err = stream.Send(asking(requestSizes[0])); err == nil || err == io.EOF {
			_, err = stream.Recv()
		}
	}
	return checkCode(err, codes.DeadlineExceeded)
}
