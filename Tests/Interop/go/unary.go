package main

import (
	"bytes"
	"context"
	"fmt"
	"strconv"
	"strings"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"

	suite "interop/grpc_testing"
)

const (
	largeRequestBytes  = 271828
	largeResponseBytes = 314159
	concurrentCalls    = 1000
	soakCalls          = 50
	soakConnections    = 10

	leadingKey    = "x-grpc-test-echo-initial"
	leadingValue  = "test_initial_metadata_value"
	trailingKey   = "x-grpc-test-echo-trailing-bin"
	trailingValue = "\xab\xab\xab"

	statusMessage  = "test status message"
	specialMessage = "\t\ntest with whitespace\r\nand Unicode BMP ☺ and non-BMP 😈\t\n"
)

func payload(size int) *suite.Payload { return &suite.Payload{Body: make([]byte, size)} }

func largeRequest() *suite.SimpleRequest {
	return &suite.SimpleRequest{ResponseSize: largeResponseBytes, Payload: payload(largeRequestBytes)}
}

// checkBody wants as many zeros as were asked for.
func checkBody(body []byte, size int) error {
	if !bytes.Equal(body, make([]byte, size)) {
		return fmt.Errorf("%d bytes came, not %d zeros", len(body), size)
	}
	return nil
}

// checkCode wants the call to have failed in a certain way.
func checkCode(err error, code codes.Code) error {
	if status.Code(err) != code {
		return fmt.Errorf("ended with %v, not with %v", err, code)
	}
	return nil
}

func emptyUnary(ctx context.Context, c *client) error {
	response, err := c.EmptyCall(ctx, &suite.Empty{})
	if err == nil && len(response.ProtoReflect().GetUnknown()) > 0 {
		return fmt.Errorf("the response is not empty: %v", response)
	}
	return err
}

// cacheableUnary sees the headers and two answers: there is no proxy that would give the second one.
func cacheableUnary(ctx context.Context, c *client) error {
	ctx = metadata.AppendToOutgoingContext(ctx, "x-user-ip", "1.2.3.4")
	request := &suite.SimpleRequest{Payload: &suite.Payload{Body: []byte(strconv.FormatInt(time.Now().UnixNano(), 10))}}
	last := int64(0)
	for i := 0; i < 2; i++ {
		var header metadata.MD
		response, err := c.CacheableUnaryCall(ctx, request, grpc.Header(&header))
		if err != nil {
			return err
		}
		if !strings.Contains(strings.Join(header["cache-control"], ","), "max-age=60") {
			return fmt.Errorf("the headers are %v", header)
		}
		now, err := strconv.ParseInt(string(response.Payload.Body), 10, 64)
		if err != nil || now <= last {
			return fmt.Errorf("%d after %d: %v", now, last, err)
		}
		last = now
	}
	return nil
}

func largeUnary(ctx context.Context, c *client) error {
	response, err := c.UnaryCall(ctx, largeRequest())
	if err != nil {
		return err
	}
	return checkBody(response.GetPayload().GetBody(), largeResponseBytes)
}

func concurrentLargeUnary(ctx context.Context, c *client) error {
	results := make(chan error, concurrentCalls)
	for i := 0; i < concurrentCalls; i++ {
		go func() { results <- largeUnary(ctx, c) }()
	}
	var failure error
	for i := 0; i < concurrentCalls; i++ {
		if err := <-results; err != nil {
			failure = err
		}
	}
	return failure
}

func rpcSoak(ctx context.Context, c *client) error {
	for i := 0; i < soakCalls; i++ {
		if err := largeUnary(ctx, c); err != nil {
			return err
		}
	}
	return nil
}

func channelSoak(ctx context.Context, c *client) error {
	for i := 0; i < soakConnections; i++ {
		fresh, err := connect(c.address, c.options)
		if err != nil {
			return err
		}
		err = largeUnary(ctx, fresh)
		fresh.connection.Close()
		if err != nil {
			return err
		}
	}
	return nil
}

func customMetadata(ctx context.Context, c *client) error {
	ctx = metadata.AppendToOutgoingContext(ctx, leadingKey, leadingValue, trailingKey, trailingValue)
	var header, trailer metadata.MD
	if _, err := c.UnaryCall(ctx, largeRequest(), grpc.Header(&header), grpc.Trailer(&trailer)); err != nil {
		return err
	}
	if err := checkEcho(header, trailer); err != nil {
		return err
	}
	stream, err := c.FullDuplexCall(ctx)
	if err != nil {
		return err
	}
	if err := exchange(stream, largeRequestBytes, largeResponseBytes); err != nil {
		return err
	}
	if err := halfCloseAndEnd(stream); err != nil {
		return err
	}
	if header, err = stream.Header(); err != nil {
		return err
	}
	return checkEcho(header, stream.Trailer())
}

func checkEcho(header, trailer metadata.MD) error {
	if values := header[leadingKey]; len(values) != 1 || values[0] != leadingValue {
		return fmt.Errorf("the headers are %v", header)
	}
	if values := trailer[trailingKey]; len(values) != 1 || values[0] != trailingValue {
		return fmt.Errorf("the trailers are %v", trailer)
	}
	return nil
}

func statusCodeAndMessage(ctx context.Context, c *client) error {
	wanted := &suite.EchoStatus{Code: int32(codes.Unknown), Message: statusMessage}
	if err := unaryStatus(ctx, c, wanted); err != nil {
		return err
	}
	stream, err := c.FullDuplexCall(ctx)
	if err != nil {
		return err
	}
	if err := stream.Send(&suite.StreamingOutputCallRequest{ResponseStatus: wanted}); err != nil {
		return err
	}
	if err := stream.CloseSend(); err != nil {
		return err
	}
	_, err = stream.Recv()
	return checkStatus(err, wanted)
}

func specialStatusMessage(ctx context.Context, c *client) error {
	return unaryStatus(ctx, c, &suite.EchoStatus{Code: int32(codes.Unknown), Message: specialMessage})
}

func unaryStatus(ctx context.Context, c *client, wanted *suite.EchoStatus) error {
	_, err := c.UnaryCall(ctx, &suite.SimpleRequest{ResponseStatus: wanted})
	return checkStatus(err, wanted)
}

func checkStatus(err error, wanted *suite.EchoStatus) error {
	if ended := status.Convert(err); int32(ended.Code()) != wanted.Code || ended.Message() != wanted.Message {
		return fmt.Errorf("ended with %v, not with %v", err, wanted)
	}
	return nil
}

func unimplementedMethod(ctx context.Context, c *client) error {
	_, err := c.UnimplementedCall(ctx, &suite.Empty{})
	return checkCode(err, codes.Unimplemented)
}

func unimplementedService(ctx context.Context, c *client) error {
	_, err := suite.NewUnimplementedServiceClient(c.connection).UnimplementedCall(ctx, &suite.Empty{})
	return checkCode(err, codes.Unimplemented)
}
