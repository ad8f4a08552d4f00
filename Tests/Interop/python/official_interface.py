"""The suite's messages and services, made at run time from gRPC's own description of them: no code is generated."""

import pathlib

import grpc
from google.protobuf import descriptor_pb2, descriptor_pool, message_factory


class OfficialInterface:
    """What the files in a descriptor set declare."""

    def __init__(self, descriptor_set: pathlib.Path) -> None:
        files = descriptor_pb2.FileDescriptorSet.FromString(descriptor_set.read_bytes()).file
        self._pool = descriptor_pool.DescriptorPool()
        for file in files:
            self._pool.Add(file)

    def message(self, name: str) -> type:
        """The class of the message `grpc.testing.NAME`, or of the one of that full name."""
        return message_factory.GetMessageClass(self._pool.FindMessageTypeByName(full(name)))

    def stub(self, service: str, channel: grpc.Channel) -> "Stub":
        """Calls `grpc.testing.SERVICE`, or the one of that full name, through `channel`."""
        return Stub(self._pool.FindServiceByName(full(service)), channel)


def full(name: str) -> str:
    return name if "." in name else f"grpc.testing.{name}"


class Stub:
    """One attribute for each method of a service, called as grpcio's generated stubs are."""

    def __init__(self, service, channel: grpc.Channel) -> None:
        for method in service.methods:
            request = "stream" if method.client_streaming else "unary"
            response = "stream" if method.server_streaming else "unary"
            callable_of = getattr(channel, f"{request}_{response}")
            setattr(self, method.name, callable_of(
                f"/{service.full_name}/{method.name}",
                request_serializer=lambda message: message.SerializeToString(),
                response_deserializer=message_factory.GetMessageClass(method.output_type).FromString,
            ))
