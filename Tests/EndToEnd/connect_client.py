"""connectrpc's own client in all its protocols, for the messages of google.protobuf."""

import contextlib
import dataclasses
import ssl

from connectrpc.client import ConnectClientSync
from connectrpc.compat import google_protobuf_binary_codec, google_protobuf_json_codec
from connectrpc.method import IdempotencyLevel, MethodInfo, StreamType
from connectrpc.protocol import ProtocolType
from google.protobuf import message_factory
from pyqwest import HTTPVersion, SyncClient, SyncHTTPTransport

CODECS = {"proto": google_protobuf_binary_codec(), "json": google_protobuf_json_codec()}
VERSIONS = {"1.1": HTTPVersion.HTTP1, "2": HTTPVersion.HTTP2}
CONNECT_SECONDS_MAX = 10


@dataclasses.dataclass(frozen=True)
class CallVariant:
    """A way to call the same method."""

    protocol: ProtocolType
    codec: str
    http: str
    tls: bool

    def __str__(self) -> str:
        return f"{self.protocol.name.lower()}-{self.codec}-{self.http}{'-tls' if self.tls else ''}"


PROTOCOLS = [
    (ProtocolType.CONNECT, "proto", "1.1"), (ProtocolType.CONNECT, "json", "1.1"),
    (ProtocolType.CONNECT, "proto", "2"), (ProtocolType.CONNECT, "json", "2"),
    (ProtocolType.GRPC_WEB, "proto", "1.1"), (ProtocolType.GRPC_WEB, "proto", "2"),
    (ProtocolType.GRPC, "proto", "2"),
]
CALL_VARIANTS = [CallVariant(*spoken, tls) for spoken in PROTOCOLS for tls in (False, True)]


def method(service, name: str) -> MethodInfo:
    """A method for connectrpc, from the service's descriptor."""
    found = service.methods_by_name[name]
    kinds = {
        (False, False): StreamType.UNARY, (True, False): StreamType.CLIENT_STREAM,
        (False, True): StreamType.SERVER_STREAM, (True, True): StreamType.BIDI_STREAM,
    }
    return MethodInfo(
        name=name, service_name=service.full_name,
        input=message_factory.GetMessageClass(found.input_type),
        output=message_factory.GetMessageClass(found.output_type),
        idempotency_level=IdempotencyLevel.UNKNOWN,
        stream_type=kinds[found.client_streaming, found.server_streaming])


@contextlib.contextmanager
def connected(way: CallVariant, address: str, tls_address: str, **options):
    """A client on a transport of its own."""
    trust = None
    if way.tls:
        host, port = tls_address.rsplit(":", 1)
        trust = ssl.get_server_certificate((host, int(port))).encode()
    with SyncHTTPTransport(
        tls_ca_cert=trust, http_version=VERSIONS[way.http], connect_timeout=CONNECT_SECONDS_MAX
    ) as transport:
        yield ConnectClientSync(
            f"https://{tls_address}" if way.tls else f"http://{address}", codec=CODECS[way.codec],
            protocol=way.protocol, http_client=SyncClient(transport), **options)
