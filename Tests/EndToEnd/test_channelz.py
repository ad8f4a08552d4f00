"""A server and its connections, as grpcio's channelz client sees them."""

import ipaddress
import socket
import ssl
import time

import grpc
import pytest
from grpc_channelz.v1 import channelz_pb2 as channelz
from grpc_channelz.v1 import channelz_pb2_grpc
from shop_server import StaffCredentials
from stubs import CALL_SECONDS, catalog, catalog_grpc, inventory, products_of
from wire import Wire, frame
from waiting import wait_until

OWN_CHANNEL = [("grpc.use_local_subchannel_pool", 1)]
CLOCKS_DIFFER_SECONDS = 60


@pytest.fixture(scope="module")
def open_shop(start_shop, database):
    return start_shop(database(), FASTSHOP_CHANNELZ="on")


@pytest.fixture
def stub(open_shop):
    with grpc.insecure_channel(open_shop.address, options=OWN_CHANNEL) as channel:
        yield channelz_pb2_grpc.ChannelzStub(grpc.intercept_channel(channel, StaffCredentials(open_shop)))


def only_server(stub):
    answer = stub.GetServers(channelz.GetServersRequest(), timeout=CALL_SECONDS)
    assert answer.end
    (server,) = answer.server
    return server


def sockets_of(stub, server, page: int = 0) -> list:
    found, start = [], 0
    while True:
        request = channelz.GetServerSocketsRequest(
            server_id=server.ref.server_id, start_socket_id=start, max_results=page
        )
        answer = stub.GetServerSockets(request, timeout=CALL_SECONDS)
        assert not page or len(answer.socket_ref) <= page
        found += answer.socket_ref
        if answer.end:
            return found
        start = answer.socket_ref[-1].socket_id + 1


def socket_named(stub, name: str):
    references = [reference for reference in sockets_of(stub, only_server(stub)) if reference.name == name]
    assert len(references) == 1, f"{name} among {references}"
    return stub.GetSocket(
        channelz.GetSocketRequest(socket_id=references[0].socket_id), timeout=CALL_SECONDS
    ).socket


def is_now(timestamp) -> bool:
    return abs(timestamp.ToSeconds() - time.time()) < CLOCKS_DIFFER_SECONDS


class NamedWire(Wire):
    """A connection that knows what the server calls it."""

    def __init__(self, server) -> None:
        super().__init__(server)
        self.name = "{}:{}".format(*self._socket.getsockname())


def place_of(address) -> str:
    assert address.WhichOneof("address") == "tcpip_address"
    return f"{ipaddress.ip_address(address.tcpip_address.ip_address)}:{address.tcpip_address.port}"


def test_it_is_off_unless_asked_for(shop):
    with pytest.raises(grpc.RpcError) as failure:
        channelz_pb2_grpc.ChannelzStub(shop.staff).GetServers(channelz.GetServersRequest(), timeout=CALL_SECONDS)
    assert failure.value.code() == grpc.StatusCode.UNIMPLEMENTED


def test_a_server_counts_its_calls(open_shop, stub):
    before = only_server(stub)
    assert before.ref.server_id > 0
    products_of(open_shop)
    with pytest.raises(grpc.RpcError):
        catalog_grpc.CatalogServiceStub(open_shop.channel).GetProduct(
            catalog.GetProductRequest(slug="no-such-thing"), timeout=CALL_SECONDS
        )
    request = channelz.GetServerRequest(server_id=before.ref.server_id)
    after = stub.GetServer(request, timeout=CALL_SECONDS).server
    started, succeeded, failed = (
        getattr(after.data, name) - getattr(before.data, name)
        for name in ("calls_started", "calls_succeeded", "calls_failed")
    )
    # The calls of this test's own client are among them; the last of those is not over yet.
    assert (started, failed) == (3, 1)
    assert 2 <= succeeded <= 3
    assert is_now(after.data.last_call_started_timestamp)


def test_it_names_where_it_listens(open_shop, stub):
    names = {reference.name for reference in only_server(stub).listen_socket}
    assert names == {open_shop.address, open_shop.tls_address}
    for reference in only_server(stub).listen_socket:
        request = channelz.GetSocketRequest(socket_id=reference.socket_id)
        found = stub.GetSocket(request, timeout=CALL_SECONDS).socket
        assert place_of(found.local) == reference.name and not found.HasField("remote")


def test_a_connection_counts_its_streams_and_messages(open_shop, stub):
    wire = NamedWire(open_shop)
    product = products_of(open_shop)[0]
    get = "/fastshop.catalog.v1.CatalogService/GetProduct"
    for _ in range(3):
        assert wire.call(get, frame(catalog.GetProductRequest(id=product.id).SerializeToString())).grpc_status == 0
    assert wire.call(get, frame(catalog.GetProductRequest(slug="none").SerializeToString())).grpc_status != 0
    wire.http2.reset_stream(wire.start(get))
    wire.flush()
    # An open stream: its messages count while it is open.
    watch = wire.start("/fastshop.inventory.v1.InventoryService/WatchInventory")
    wire.send(watch, frame(inventory.WatchInventoryRequest(product_id=product.id).SerializeToString()))

    def counters() -> tuple:
        data = socket_named(stub, wire.name).data
        return (
            data.streams_started, data.streams_succeeded, data.streams_failed, data.messages_received,
            data.messages_sent > 3,
        )

    expected = (6, 4, 1, 5, True)
    wait_until(lambda: counters() == expected, lambda: f"{counters()} instead of {expected}")
    seen = socket_named(stub, wire.name)
    assert place_of(seen.remote) == wire.name and place_of(seen.local) == open_shop.address
    assert not seen.HasField("security")
    for name in ("last_remote_stream_created", "last_message_sent", "last_message_received"):
        assert is_now(getattr(seen.data, f"{name}_timestamp"))
    assert not seen.data.HasField("last_local_stream_created_timestamp")
    wire.close()


def test_windows_are_those_of_the_connection(open_shop, stub):
    wire = NamedWire(open_shop)
    assert wire.call("/grpc.health.v1.Health/Check", frame(b"")).grpc_status == 0
    more = 100_000
    before = socket_named(stub, wire.name).data
    wire.http2.increment_flow_control_window(more)
    wire.flush()
    assert wire.call("/grpc.health.v1.Health/Check", frame(b"")).grpc_status == 0
    after = socket_named(stub, wire.name).data
    granted = after.local_flow_control_window.value - before.local_flow_control_window.value
    assert more - 1_000 < granted <= more + 1_000
    assert after.remote_flow_control_window.value == wire.http2.outbound_flow_control_window
    wire.close()


def test_a_summary_leaves_out_addresses(open_shop, stub):
    reference = sockets_of(stub, only_server(stub))[0]
    request = channelz.GetSocketRequest(socket_id=reference.socket_id, summary=True)
    seen = stub.GetSocket(request, timeout=CALL_SECONDS).socket
    assert seen.data.streams_started > 0
    assert not seen.HasField("local") and not seen.HasField("remote")


def test_pages_hold_everything_once(open_shop, stub):
    wires = [NamedWire(open_shop) for _ in range(7)]
    for wire in wires:
        assert wire.call("/grpc.health.v1.Health/Check", frame(b"")).grpc_status == 0
    server = only_server(stub)
    paged = [reference.socket_id for reference in sockets_of(stub, server, page=2)]
    assert paged == sorted(set(paged))
    names = {reference.name for reference in sockets_of(stub, server, page=3)}
    assert {wire.name for wire in wires} <= names
    for wire in wires:
        wire.close()
    wait_until(lambda: not {each.name for each in sockets_of(stub, server)} & {wire.name for wire in wires})


def test_tls_is_described(open_shop, stub):
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    context.set_alpn_protocols(["h2"])
    host, port = open_shop.tls_address.rsplit(":", 1)
    with socket.create_connection((host, int(port)), timeout=CALL_SECONDS) as plain:
        with context.wrap_socket(plain, server_hostname="localhost") as encrypted:
            seen = socket_named(stub, "{}:{}".format(*encrypted.getsockname()))
            assert seen.security.tls.standard_name == encrypted.cipher()[0]
            assert seen.security.tls.local_certificate == encrypted.getpeercert(binary_form=True)
            assert seen.security.tls.remote_certificate == b""


@pytest.mark.parametrize(
    "ask",
    [
        lambda stub: stub.GetServer(channelz.GetServerRequest(server_id=2**40), timeout=CALL_SECONDS),
        lambda stub: stub.GetServerSockets(channelz.GetServerSocketsRequest(server_id=2**40), timeout=CALL_SECONDS),
        lambda stub: stub.GetSocket(channelz.GetSocketRequest(socket_id=2**40), timeout=CALL_SECONDS),
        lambda stub: stub.GetChannel(channelz.GetChannelRequest(channel_id=1), timeout=CALL_SECONDS),
        lambda stub: stub.GetSubchannel(channelz.GetSubchannelRequest(subchannel_id=1), timeout=CALL_SECONDS),
    ],
    ids=["server", "server's sockets", "socket", "channel", "subchannel"],
)
def test_what_is_not_there_is_not_found(stub, ask):
    with pytest.raises(grpc.RpcError) as failure:
        ask(stub)
    assert failure.value.code() == grpc.StatusCode.NOT_FOUND


def test_pages_have_no_negative_size(stub):
    with pytest.raises(grpc.RpcError) as failure:
        stub.GetServers(channelz.GetServersRequest(max_results=-1), timeout=CALL_SECONDS)
    assert failure.value.code() == grpc.StatusCode.INVALID_ARGUMENT


def test_no_channel_is_listed(stub):
    answer = stub.GetTopChannels(channelz.GetTopChannelsRequest(), timeout=CALL_SECONDS)
    assert answer.end and not answer.channel
