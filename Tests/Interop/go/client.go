// grpc-go as a client of the interoperability suite.
//
// usage: client ADDRESS CA_FILE|- CASE...
// Prints `CASE ok` or `CASE failed: REASON`, a line for each case; the exit code is the count of failures.
// Source: grpc/doc/interop-test-descriptions.md
package main

import (
	"context"
	"fmt"
	"os"
	"strings"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials"

	suite "interop/grpc_testing"
)

const (
	callTimeout     = 60 * time.Second
	connectTimeout  = 10 * time.Second
	messageBytesMax = 8 << 20
)

// cases are all that this client can run.
var cases = map[string]func(context.Context, *client) error{
	"empty_unary":                 emptyUnary,
	"cacheable_unary":             cacheableUnary,
	"large_unary":                 largeUnary,
	"client_compressed_unary":     clientCompressedUnary,
	"server_compressed_unary":     serverCompressedUnary,
	"client_compressed_streaming": clientCompressedStreaming,
	"server_compressed_streaming": serverCompressedStreaming,
	"client_streaming":            clientStreaming,
	"server_streaming":            serverStreaming,
	"ping_pong":                   pingPong,
	"empty_stream":                emptyStream,
	"half_duplex":                 halfDuplex,
	"response_intervals":          responseIntervals,
	"custom_metadata":             customMetadata,
	"status_code_and_message":     statusCodeAndMessage,
	"special_status_message":      specialStatusMessage,
	"unimplemented_method":        unimplementedMethod,
	"unimplemented_service":       unimplementedService,
	"cancel_after_begin":          cancelAfterBegin,
	"cancel_after_first_response": cancelAfterFirstResponse,
	"timeout_on_sleeping_server":  timeoutOnSleepingServer,
	"concurrent_large_unary":      concurrentLargeUnary,
	"rpc_soak":                    rpcSoak,
	"channel_soak":                channelSoak,
	"orca_per_rpc":                orcaPerRPC,
	"orca_oob":                    orcaOOB,
}

// client is a connection, and what is needed for another.
type client struct {
	suite.TestServiceClient
	connection *grpc.ClientConn
	address    string
	options    []grpc.DialOption
}

func connect(address string, options []grpc.DialOption) (*client, error) {
	ctx, cancel := context.WithTimeout(context.Background(), connectTimeout)
	defer cancel()
	connection, err := grpc.DialContext(ctx, address, options...)
	if err != nil {
		return nil, err
	}
	return &client{suite.NewTestServiceClient(connection), connection, address, options}, nil
}

func dialOptions(caFile string) ([]grpc.DialOption, error) {
	options := []grpc.DialOption{
		grpc.WithBlock(), grpc.WithStatsHandler(wireSizes{}), grpc.WithDefaultCallOptions(grpc.MaxCallRecvMsgSize(messageBytesMax)),
	}
	if caFile == "-" {
		return append(options, grpc.WithInsecure()), nil
	}
	roots, err := credentials.NewClientTLSFromFile(caFile, "")
	if err != nil {
		return nil, err
	}
	return append(options, grpc.WithTransportCredentials(roots)), nil
}

func run(name string, c *client) error {
	test, known := cases[name]
	if !known {
		return fmt.Errorf("this client has no such case")
	}
	ctx, cancel := context.WithTimeout(context.Background(), callTimeout)
	defer cancel()
	return test(ctx, c)
}

func main() {
	if len(os.Args) < 3 {
		fmt.Fprintln(os.Stderr, "usage: client ADDRESS CA_FILE|- CASE...")
		os.Exit(64)
	}
	options, err := dialOptions(os.Args[2])
	if err == nil {
		var c *client
		if c, err = connect(os.Args[1], options); err == nil {
			os.Exit(runAll(os.Args[3:], c))
		}
	}
	fmt.Fprintln(os.Stderr, err)
	os.Exit(1)
}

func runAll(names []string, c *client) (failures int) {
	for _, name := range names {
		if err := run(name, c); err != nil {
			failures++
			fmt.Println(name, "failed:", strings.Join(strings.Fields(err.Error()), " "))
		} else {
			fmt.Println(name, "ok")
		}
	}
	return failures
}
