"""Compressed messages (gRPC's compression.md), with grpcio and frame by frame."""

import gzip
import random
import struct
import zlib

import grpc
import pytest
from grpc_reflection.v1alpha import reflection_pb2
from stubs import CALL_SECONDS, catalog, catalog_grpc, catalog_of, inventory, products_of
from wire import frame

GET = "/fastshop.catalog.v1.CatalogService/GetProduct"
LIST = "/fastshop.catalog.v1.CatalogService/ListProducts"
WATCH = "/fastshop.inventory.v1.InventoryService/WatchInventory"
REFLECT = "/grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo"
# The limit of a request of GetProduct: docs/api.md.
LIMIT = 24 * 2**10
# What stands before a text of so many bytes: the field's number and the length.
FIELD_HEAD_BYTES = 4
# Few kilobytes when they are compressed.
BOMB_BYTES = 8 * 2**20
COMPRESS = {"gzip": gzip.compress, "deflate": zlib.compress}
EXPAND = {"gzip": gzip.decompress, "deflate": zlib.decompress}
ENCODINGS = sorted(COMPRESS)
GRPCIO = {"gzip": grpc.Compression.Gzip, "deflate": grpc.Compression.Deflate}


def code(status: grpc.StatusCode) -> int:
    return status.value[0]


def listing(size: int) -> bytes:
    return catalog.ListProductsRequest(page_size=size).SerializeToString()


def messages(body: bytes) -> list[tuple[int, bytes]]:
    found = []
    while body:
        flag, length = struct.unpack(">BI", body[:5])
        found.append((flag, body[5 : 5 + length]))
        body = body[5 + length :]
    return found


def resident_bytes(pid: int) -> int:
    with open(f"/proc/{pid}/status", encoding="ascii") as status:
        return next(int(line.split()[1]) * 1024 for line in status if line.startswith("VmRSS:"))


@pytest.mark.parametrize("how", ENCODINGS)
def test_grpcio_compresses_a_call(shop, how):
    plain = catalog_of(shop).ListProducts(catalog.ListProductsRequest(page_size=50), timeout=CALL_SECONDS)
    request = catalog.ListProductsRequest(page_size=50)
    answer = catalog_of(shop).ListProducts(request, timeout=CALL_SECONDS, compression=GRPCIO[how])
    assert answer.products == plain.products and len(answer.products) == 50


@pytest.mark.parametrize("how", ENCODINGS)
def test_grpcio_compresses_a_channel(shop, how):
    with grpc.insecure_channel(shop.address, compression=GRPCIO[how]) as channel:
        stub = catalog_grpc.CatalogServiceStub(channel)
        with pytest.raises(grpc.RpcError) as failure:
            stub.GetProduct(catalog.GetProductRequest(slug="x" * 16_000), timeout=CALL_SECONDS)
        assert failure.value.code() in (grpc.StatusCode.NOT_FOUND, grpc.StatusCode.INVALID_ARGUMENT)
        assert len(stub.ListProducts(catalog.ListProductsRequest(page_size=50), timeout=CALL_SECONDS).products) == 50


@pytest.mark.parametrize("how", ENCODINGS)
def test_grpcio_compresses_streams_both_ways(shop, how):
    asked = [
        reflection_pb2.ServerReflectionRequest(file_containing_symbol=symbol, host="h" * 2_000)
        for symbol in ("fastshop.catalog.v1.Product", "grpc.health.v1.Health", "no.such.Thing") * 5
    ]
    with grpc.insecure_channel(shop.address, compression=GRPCIO[how]) as channel:
        call = channel.stream_stream(
            REFLECT,
            request_serializer=reflection_pb2.ServerReflectionRequest.SerializeToString,
            response_deserializer=reflection_pb2.ServerReflectionResponse.FromString,
        )
        answers = list(call(iter(asked), timeout=CALL_SECONDS))
    assert [answer.original_request for answer in answers] == asked


@pytest.mark.parametrize("how", ENCODINGS)
def test_an_answer_is_compressed_as_the_request_was(wire, how):
    body = frame(COMPRESS[how](listing(50)), compressed=1)
    answer = wire.call(LIST, body, grpc_encoding=how, grpc_accept_encoding="identity, deflate, gzip")
    assert answer.grpc_status == 0
    assert answer.header_blocks[0]["grpc-encoding"] == how
    ((flag, message),) = messages(answer.body)
    assert flag == 1
    expanded = EXPAND[how](message)
    assert len(catalog.ListProductsResponse.FromString(expanded).products) == 50
    assert len(message) < len(expanded) / 2


@pytest.mark.parametrize("accepted", [None, "identity", "snappy", "deflate"])
def test_an_answer_is_plain_where_the_caller_reads_nothing_else(wire, accepted):
    body = frame(gzip.compress(listing(50)), compressed=1)
    answer = wire.call(LIST, body, grpc_encoding="gzip", grpc_accept_encoding=accepted)
    assert answer.grpc_status == 0 and "grpc-encoding" not in answer.header_blocks[0]
    ((flag, message),) = messages(answer.body)
    assert flag == 0 and len(catalog.ListProductsResponse.FromString(message).products) == 50


def test_an_answer_to_a_plain_request_is_plain(wire):
    answer = wire.call(LIST, frame(listing(50)), grpc_accept_encoding="identity, deflate, gzip")
    assert answer.grpc_status == 0 and "grpc-encoding" not in answer.header_blocks[0]
    assert [flag for flag, _ in messages(answer.body)] == [0]


@pytest.mark.parametrize("how", ENCODINGS)
def test_what_is_too_short_to_gain_is_sent_as_it_is(wire, how):
    body = frame(COMPRESS[how](listing(1)), compressed=1)
    answer = wire.call(
        "/grpc.health.v1.Health/Check", frame(COMPRESS[how](b""), compressed=1), grpc_encoding=how,
        grpc_accept_encoding=how,
    )
    assert answer.grpc_status == 0 and [flag for flag, _ in messages(answer.body)] == [0]
    assert wire.call(LIST, body, grpc_encoding=how).grpc_status == 0


def test_messages_of_a_compressed_call_may_be_plain(wire):
    """The flag decides for each message; the header says only how."""
    answer = wire.call(LIST, frame(listing(1)), grpc_encoding="gzip")
    assert answer.grpc_status == 0
    question = reflection_pb2.ServerReflectionRequest(list_services="").SerializeToString()
    body = frame(question) + frame(gzip.compress(question), compressed=1) + frame(question)
    answer = wire.call(REFLECT, body, grpc_encoding="gzip")
    assert answer.grpc_status == 0 and len(messages(answer.body)) == 3


@pytest.mark.parametrize("encoding", [None, "identity"])
@pytest.mark.parametrize("path", [GET, WATCH, REFLECT])
def test_a_flag_without_an_encoding_is_internal(wire, path, encoding):
    answer = wire.call(path, frame(gzip.compress(b""), compressed=1), grpc_encoding=encoding)
    assert answer.grpc_status == code(grpc.StatusCode.INTERNAL)
    assert "grpc-encoding" in answer.grpc_message


@pytest.mark.parametrize("flag", [2, 128, 255])
def test_a_flag_that_is_none_is_internal(wire, flag):
    answer = wire.call(LIST, frame(gzip.compress(listing(1)), compressed=flag), grpc_encoding="gzip")
    assert answer.grpc_status == code(grpc.StatusCode.INTERNAL)


@pytest.mark.parametrize("path", [GET, REFLECT])
def test_an_unknown_encoding_is_unimplemented_and_the_known_ones_named(wire, path):
    answer = wire.call(path, frame(b"abc", compressed=1), grpc_encoding="snappy")
    assert answer.grpc_status == code(grpc.StatusCode.UNIMPLEMENTED)
    assert "snappy" in answer.grpc_message
    named = {name.strip() for name in answer.trailers["grpc-accept-encoding"].split(",")}
    assert named == {"identity", "gzip", "deflate"}


def with_wrong_checksum(good: bytes) -> bytes:
    """Gzip's checksum precedes the four bytes of the length, zlib's is at the end."""
    place = len(good) - (5 if good[:2] == b"\x1f\x8b" else 1)
    return good[:place] + bytes([good[place] ^ 1]) + good[place + 1 :]


CORRUPT = {
    "nothing": lambda good: b"",
    "cut": lambda good: good[:-1],
    "garbage behind it": lambda good: good + b"garbage",
    "a wrong checksum": with_wrong_checksum,
    "the other format": lambda good: (zlib.compress if good[:2] == b"\x1f\x8b" else gzip.compress)(listing(1)),
    "no compression": lambda good: listing(1),
}


@pytest.mark.parametrize("how", ENCODINGS)
@pytest.mark.parametrize("spoil", CORRUPT.values(), ids=CORRUPT)
def test_what_is_corrupt_is_internal(wire, how, spoil):
    bad = spoil(COMPRESS[how](listing(1)))
    assert wire.call(LIST, frame(bad, compressed=1), grpc_encoding=how).grpc_status == code(grpc.StatusCode.INTERNAL)
    assert wire.call(LIST, frame(listing(1)), grpc_encoding=how).grpc_status == 0


@pytest.mark.parametrize("how", ENCODINGS)
def test_the_limit_counts_what_comes_out(wire, how):
    fits = catalog.GetProductRequest(slug="s" * (LIMIT - FIELD_HEAD_BYTES)).SerializeToString()
    assert len(fits) == LIMIT
    answer = wire.call(GET, frame(COMPRESS[how](fits), compressed=1), grpc_encoding=how)
    assert answer.grpc_status in {code(grpc.StatusCode.NOT_FOUND), code(grpc.StatusCode.INVALID_ARGUMENT)}
    over = catalog.GetProductRequest(slug="s" * (LIMIT - FIELD_HEAD_BYTES + 1)).SerializeToString()
    assert len(over) == LIMIT + 1
    answer = wire.call(GET, frame(COMPRESS[how](over), compressed=1), grpc_encoding=how)
    assert answer.grpc_status == code(grpc.StatusCode.RESOURCE_EXHAUSTED)


@pytest.mark.parametrize("path", [GET, REFLECT])
@pytest.mark.parametrize("how", ENCODINGS)
def test_a_bomb_stops_at_the_limit(wire, shop, how, path):
    writer = zlib.compressobj(9, zlib.DEFLATED, 31 if how == "gzip" else 15)
    zeros = bytes(2**20)
    bomb = b"".join(writer.compress(zeros) for _ in range(BOMB_BYTES // len(zeros))) + writer.flush()
    assert len(bomb) < LIMIT
    before = resident_bytes(shop.worker_pid)
    for _ in range(30):
        stream = wire.start(path, grpc_encoding=how)
        wire.send_all(stream, frame(bomb, compressed=1))
        answer = wire.read(stream)
        assert answer.grpc_status == code(grpc.StatusCode.RESOURCE_EXHAUSTED)
    assert resident_bytes(shop.worker_pid) - before < 8 * 2**20
    assert products_of(shop)


def test_noise_from_grpcio_is_within_the_limit_that_the_wire_exceeds(shop):
    """Incompressible data becomes larger: the limit does not apply to the compressed bytes."""
    with grpc.insecure_channel(shop.address, compression=grpc.Compression.Gzip) as channel:
        stub = catalog_grpc.CatalogServiceStub(channel)
        noise = "".join(random.choices("0123456789abcdef", k=LIMIT - FIELD_HEAD_BYTES))
        with pytest.raises(grpc.RpcError) as failure:
            stub.GetProduct(catalog.GetProductRequest(slug=noise), timeout=CALL_SECONDS)
        assert failure.value.code() in (grpc.StatusCode.NOT_FOUND, grpc.StatusCode.INVALID_ARGUMENT)
        with pytest.raises(grpc.RpcError) as failure:
            stub.GetProduct(catalog.GetProductRequest(slug=noise + "0"), timeout=CALL_SECONDS)
        assert failure.value.code() == grpc.StatusCode.RESOURCE_EXHAUSTED


def test_subscribers_that_compress_get_shared_events_as_they_are(shop):
    """An event is encoded once for all its readers, so it is not compressed for one of them."""
    with grpc.insecure_channel(shop.address, compression=grpc.Compression.Gzip) as channel:
        watch = channel.unary_stream(
            WATCH,
            request_serializer=inventory.WatchInventoryRequest.SerializeToString,
            response_deserializer=inventory.WatchInventoryResponse.FromString,
        )
        events = watch(inventory.WatchInventoryRequest(product_id=products_of(shop)[0].id), timeout=CALL_SECONDS)
        assert next(events).ByteSize() > 0
        events.cancel()
