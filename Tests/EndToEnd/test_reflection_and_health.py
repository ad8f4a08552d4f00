"""A client without the .proto files: reflection and health."""

import pathlib
import re

import grpc
import pytest
from google.protobuf import descriptor_pb2, descriptor_pool, message_factory
from grpc_health.v1 import health_pb2, health_pb2_grpc
from grpc_reflection.v1alpha import reflection_pb2
from grpc_reflection.v1alpha.proto_reflection_descriptor_database import ProtoReflectionDescriptorDatabase
from stubs import CALL_SECONDS, products_of

PROTO = pathlib.Path(__file__).parents[2] / "Proto" / "fastshop"


def shop_services() -> set[str]:
    """The services in the .proto files."""
    names = set()
    for file in PROTO.rglob("*.proto"):
        text = file.read_text()
        (package,) = re.findall(r"^package ([\w.]+);", text, re.MULTILINE)
        names |= {f"{package}.{name}" for name in re.findall(r"^service (\w+)", text, re.MULTILINE)}
    return names


SHOP_SERVICES = shop_services()
STANDARD_SERVICES = {
    "grpc.health.v1.Health",
    "grpc.reflection.v1.ServerReflection",
    "grpc.reflection.v1alpha.ServerReflection",
}


def ask_reflection(server, version: str, *requests) -> list:
    """v1 and v1alpha differ in the package's name only."""
    call = server.channel.stream_stream(
        f"/grpc.reflection.{version}.ServerReflection/ServerReflectionInfo",
        request_serializer=reflection_pb2.ServerReflectionRequest.SerializeToString,
        response_deserializer=reflection_pb2.ServerReflectionResponse.FromString,
    )
    return list(call(iter(requests), timeout=CALL_SECONDS))


@pytest.mark.parametrize("version", ["v1", "v1alpha"])
def test_reflection_lists_every_service(shop, version):
    (answer,) = ask_reflection(shop, version, reflection_pb2.ServerReflectionRequest(list_services=""))
    names = {service.name for service in answer.list_services_response.service}
    assert names == SHOP_SERVICES | STANDARD_SERVICES


@pytest.mark.parametrize("version", ["v1", "v1alpha"])
def test_reflection_answers_each_question_in_turn(shop, version):
    asked = [
        reflection_pb2.ServerReflectionRequest(file_containing_symbol="fastshop.catalog.v1.Product"),
        reflection_pb2.ServerReflectionRequest(file_containing_symbol="fastshop.catalog.v1.CatalogService.GetProduct"),
        reflection_pb2.ServerReflectionRequest(file_by_filename="google/protobuf/timestamp.proto"),
        reflection_pb2.ServerReflectionRequest(file_containing_symbol="no.such.Thing"),
        reflection_pb2.ServerReflectionRequest(file_by_filename="no/such.proto"),
    ]
    answers = ask_reflection(shop, version, *asked)
    assert [answer.original_request for answer in answers] == asked
    for answer in answers[:3]:
        assert answer.file_descriptor_response.file_descriptor_proto
    for answer in answers[3:]:
        assert answer.error_response.error_code == grpc.StatusCode.NOT_FOUND.value[0]


def test_a_client_without_our_protos_can_call_us(shop):
    pool = descriptor_pool.DescriptorPool(ProtoReflectionDescriptorDatabase(shop.channel))
    product = products_of(shop)[0]
    method = pool.FindServiceByName("fastshop.catalog.v1.CatalogService").FindMethodByName("GetProduct")
    request = message_factory.GetMessageClass(method.input_type)(id=product.id)
    answer = shop.channel.unary_unary(
        "/fastshop.catalog.v1.CatalogService/GetProduct",
        request_serializer=lambda message: message.SerializeToString(),
        response_deserializer=message_factory.GetMessageClass(method.output_type).FromString,
    )(request, timeout=CALL_SECONDS)
    assert answer.product.title == product.title


@pytest.mark.parametrize("service", sorted(SHOP_SERVICES | STANDARD_SERVICES))
def test_reflection_describes_every_service_and_its_messages(shop, service):
    pool = descriptor_pool.DescriptorPool(ProtoReflectionDescriptorDatabase(shop.channel))
    for method in pool.FindServiceByName(service).methods:
        assert message_factory.GetMessageClass(method.input_type)
        assert message_factory.GetMessageClass(method.output_type)


METHOD_OPTIONS, POLICY = "google.protobuf.MethodOptions", "fastshop.policy.v1.policy"


@pytest.mark.parametrize("version", ["v1", "v1alpha"])
def test_reflection_knows_the_option_that_our_methods_carry(shop, version):
    number = 50610
    extension = {"containing_type": METHOD_OPTIONS, "extension_number": number}
    asked = [
        reflection_pb2.ServerReflectionRequest(all_extension_numbers_of_type=METHOD_OPTIONS),
        reflection_pb2.ServerReflectionRequest(file_containing_extension=extension),
        reflection_pb2.ServerReflectionRequest(file_containing_extension=extension | {"extension_number": 1}),
    ]
    numbers, found, absent = ask_reflection(shop, version, *asked)
    assert list(numbers.all_extension_numbers_response.extension_number) == [number]
    assert b"fastshop/policy/v1/policy.proto" in found.file_descriptor_response.file_descriptor_proto[0]
    assert absent.error_response.error_code == grpc.StatusCode.NOT_FOUND.value[0]


@pytest.mark.parametrize("service", sorted(SHOP_SERVICES))
def test_a_client_without_our_protos_reads_who_may_call_what(shop, service):
    pool = descriptor_pool.DescriptorPool(ProtoReflectionDescriptorDatabase(shop.channel))
    policy = pool.FindExtensionByName(POLICY)
    options_type = message_factory.GetMessageClass(pool.FindMessageTypeByName(METHOD_OPTIONS))
    message_factory.GetMessageClass(policy.message_type)
    for method in pool.FindServiceByName(service).methods:
        options = options_type.FromString(method.GetOptions().SerializeToString())
        assert options.Extensions[policy].access != 0, method.full_name


@pytest.mark.parametrize("service", ["", *sorted(SHOP_SERVICES)])
def test_health_says_serving(shop, service):
    assert shop.health(service) == "SERVING"


def test_health_lists_every_service(shop):
    # grpcio's health checking on PyPI lacks List: its messages are in health.proto.
    health = shop.channel.unary_unary(
        "/grpc.health.v1.Health/List", request_serializer=bytes, response_deserializer=listed_health)
    listed = health(b"", timeout=CALL_SECONDS)
    assert set(listed) >= {""} | SHOP_SERVICES
    assert set(listed.values()) == {health_pb2.HealthCheckResponse.SERVING}


def listed_health(answer: bytes) -> dict[str, int]:
    """HealthListResponse: a map from names to what Check says of them."""
    pool = descriptor_pool.DescriptorPool()
    file = descriptor_pb2.FileDescriptorProto(name="list.proto", package="t", syntax="proto3")
    entry, response = file.message_type.add(name="Entry"), file.message_type.add(name="Response")
    field = descriptor_pb2.FieldDescriptorProto
    entry.field.add(name="key", number=1, type=field.TYPE_STRING, label=field.LABEL_OPTIONAL)
    entry.field.add(name="value", number=2, type=field.TYPE_BYTES, label=field.LABEL_OPTIONAL)
    response.field.add(
        name="statuses", number=1, type=field.TYPE_MESSAGE, label=field.LABEL_REPEATED, type_name=".t.Entry")
    pool.Add(file)
    kind = message_factory.GetMessageClass(pool.FindMessageTypeByName("t.Response"))
    return {
        each.key: health_pb2.HealthCheckResponse.FromString(each.value).status
        for each in kind.FromString(answer).statuses
    }


def test_health_knows_no_other_service(shop):
    with pytest.raises(grpc.RpcError) as caught:
        shop.health("no.such.Service")
    assert caught.value.code() == grpc.StatusCode.NOT_FOUND


def test_a_health_watcher_is_told_at_once(shop):
    stub = health_pb2_grpc.HealthStub(shop.channel)
    watch = stub.Watch(health_pb2.HealthCheckRequest(), timeout=CALL_SECONDS)
    assert next(watch).status == health_pb2.HealthCheckResponse.SERVING
    watch.cancel()
    unknown = stub.Watch(health_pb2.HealthCheckRequest(service="no.such.Service"), timeout=CALL_SECONDS)
    assert next(unknown).status == health_pb2.HealthCheckResponse.SERVICE_UNKNOWN
    unknown.cancel()
