// bench.v1.Bench: Watch streams spread over connections, and one connection that calls Publish.
#include <nghttp2/nghttp2.h>

#include <cstring>
#include <unordered_map>

#include "audience.h"

namespace {

constexpr int32_t kWindowBytes = 1 << 30;
constexpr size_t kFrameHead = 5;  // compressed flag and length, before every gRPC message
constexpr uint64_t kSeqField = 3, kLastSeqField = 1;

uint64_t varint(const char*& at, const char* end) {
  uint64_t value = 0;
  for (int shift = 0; at < end && shift < 64; shift += 7) {
    const auto byte = static_cast<uint8_t>(*at++);
    value |= static_cast<uint64_t>(byte & 127) << shift;
    if (byte < 128) return value;
  }
  fail("a message that ends inside a number");
}

// The value of one varint field of a message that has only varints and length-delimited fields.
int64_t number(const char* at, const char* end, uint64_t field) {
  int64_t found = 0;
  while (at < end) {
    const uint64_t key = varint(at, end);
    const uint64_t value = varint(at, end);
    if ((key & 7) == 2) {
      if (value > static_cast<uint64_t>(end - at)) fail("a message shorter than its field");
      at += value;
    } else if ((key & 7) != 0) {
      fail("a field that the service has not");
    } else if (key >> 3 == field) {
      found = static_cast<int64_t>(value);
    }
  }
  return found;
}

// Length of the framed message at `bytes`; 0 when it is not complete.
size_t framed(const char* bytes, size_t count) {
  if (count < kFrameHead) return 0;
  auto byte = [bytes](int i) { return static_cast<size_t>(static_cast<uint8_t>(bytes[i])); };
  if (byte(0) != 0) fail("a compressed message");
  const size_t length = byte(1) << 24 | byte(2) << 16 | byte(3) << 8 | byte(4);
  return count < kFrameHead + length ? 0 : kFrameHead + length;
}

size_t decode_event(const char* bytes, size_t count, int64_t& seq) {
  const size_t length = framed(bytes, count);
  if (length > 0) seq = number(bytes + kFrameHead, bytes + length, kSeqField);
  return length;
}

class Connection final : public Link {
 public:
  Connection(int poller, const Address& server, Audience& audience)
      : Link(poller, server), audience_(audience), authority_(server.host + ":" + std::to_string(server.port)) {
    nghttp2_session_callbacks* callbacks;
    nghttp2_session_callbacks_new(&callbacks);
    nghttp2_session_callbacks_set_on_header_callback(callbacks, on_header);
    nghttp2_session_callbacks_set_on_data_chunk_recv_callback(callbacks, on_data);
    nghttp2_session_callbacks_set_on_frame_recv_callback(callbacks, on_frame);
    nghttp2_session_callbacks_set_on_stream_close_callback(callbacks, on_close);
    nghttp2_session_client_new(&session_, callbacks, this);
    nghttp2_session_callbacks_del(callbacks);
    const nghttp2_settings_entry window{NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE, kWindowBytes};
    nghttp2_submit_settings(session_, NGHTTP2_FLAG_NONE, &window, 1);
    nghttp2_session_set_local_window_size(session_, NGHTTP2_FLAG_NONE, 0, kWindowBytes);
    flush();
  }
  ~Connection() override { nghttp2_session_del(session_); }

  void watch(const std::string& service) { call(service + "/Watch", "", false); }
  void publish(const std::string& service, int count) {
    std::string message = "\x08";
    for (auto rest = static_cast<unsigned>(count); ; rest >>= 7) {
      message += static_cast<char>(rest > 127 ? (rest & 127) | 128 : rest);
      if (rest <= 127) break;
    }
    call(service + "/Publish", message, true);
  }
  void flush() {
    const uint8_t* bytes;
    for (ssize_t count; (count = nghttp2_session_mem_send(session_, &bytes)) > 0;) {
      send_all(bytes, static_cast<size_t>(count));
    }
  }

 protected:
  void received(const char* bytes, size_t count) override {
    if (nghttp2_session_mem_recv(session_, reinterpret_cast<const uint8_t*>(bytes), count) < 0) fail("not HTTP/2");
    if (nghttp2_session_want_write(session_)) flush();
  }

 private:
  struct Stream {
    bool publishes = false, answered = false;
    std::string request, reply;  // the reply only of a Publish
    Audience::Place place;
  };

  void call(const std::string& path, const std::string& message, bool publishes) {
    auto stream = std::make_unique<Stream>();
    stream->publishes = publishes;
    stream->request = std::string(kFrameHead - 1, '\0') + static_cast<char>(message.size()) + message;
    const std::pair<const char*, const std::string> fields[] = {
        {":method", "POST"},     {":scheme", "http"}, {":path", path},
        {":authority", authority_}, {"content-type", "application/grpc"}, {"te", "trailers"}};
    std::vector<nghttp2_nv> headers;
    for (auto& [name, value] : fields) {
      auto bytes = [](const char* text) { return reinterpret_cast<uint8_t*>(const_cast<char*>(text)); };
      headers.push_back({bytes(name), bytes(value.c_str()), std::strlen(name), value.size(), NGHTTP2_NV_FLAG_NONE});
    }
    nghttp2_data_provider body{};
    body.source.ptr = stream.get();
    body.read_callback = read_request;
    const int32_t id =
        nghttp2_submit_request(session_, nullptr, headers.data(), headers.size(), &body, stream.get());
    if (id < 0) fail(nghttp2_strerror(id));
    streams_[id] = std::move(stream);
  }

  static Stream* stream(nghttp2_session* session, int32_t id) {
    return static_cast<Stream*>(nghttp2_session_get_stream_user_data(session, id));
  }
  static ssize_t read_request(nghttp2_session*, int32_t, uint8_t* into, size_t, uint32_t* flags,
                              nghttp2_data_source* source, void*) {
    const std::string& request = static_cast<Stream*>(source->ptr)->request;  // a few bytes
    std::memcpy(into, request.data(), request.size());
    *flags |= NGHTTP2_DATA_FLAG_EOF;
    return static_cast<ssize_t>(request.size());
  }
  static int on_header(nghttp2_session*, const nghttp2_frame*, const uint8_t* name, size_t name_size,
                       const uint8_t* value, size_t value_size, uint8_t, void*) {
    const std::string n(reinterpret_cast<const char*>(name), name_size);
    const std::string v(reinterpret_cast<const char*>(value), value_size);
    if ((n == "grpc-status" && v != "0") || (n == ":status" && v != "200")) fail(n + " " + v);
    return 0;
  }
  static int on_data(nghttp2_session* session, uint8_t, int32_t id, const uint8_t* bytes, size_t count, void* self) {
    Stream* s = stream(session, id);
    const auto* text = reinterpret_cast<const char*>(bytes);
    if (s->publishes) s->reply.append(text, count);
    else static_cast<Connection*>(self)->audience_.deliver(s->place, text, count);
    return 0;
  }
  static int on_frame(nghttp2_session* session, const nghttp2_frame* frame, void* self) {
    if (frame->hd.type == NGHTTP2_GOAWAY) fail("the server sent GOAWAY");
    if (frame->hd.type != NGHTTP2_HEADERS) return 0;
    Stream* s = stream(session, frame->hd.stream_id);
    if (s->publishes || s->answered) return 0;
    s->answered = true;
    static_cast<Connection*>(self)->audience_.subscribed++;
    return 0;
  }
  static int on_close(nghttp2_session* session, int32_t id, uint32_t, void* self) {
    auto* connection = static_cast<Connection*>(self);
    Stream* s = stream(session, id);
    if (!s->publishes) fail("a watch ended");
    if (framed(s->reply.data(), s->reply.size()) != s->reply.size()) fail("Publish: not one message");
    connection->audience_.told_seq =
        number(s->reply.data() + kFrameHead, s->reply.data() + s->reply.size(), kLastSeqField);
    connection->audience_.published++;
    connection->streams_.erase(id);
    return 0;
  }

  Audience& audience_;
  const std::string authority_;
  nghttp2_session* session_ = nullptr;
  std::unordered_map<int32_t, std::unique_ptr<Stream>> streams_;
};

class GRPCAudience final : public Audience {
 public:
  GRPCAudience(int poller, const Address& server, std::string service, int count, int connections)
      : Audience(decode_event), service_(std::move(service)), publisher_(poller, server, *this) {
    subscribers = count;
    for (int i = 0; i < connections; i++) {
      auto connection = std::make_unique<Connection>(poller, server, *this);
      const int share = static_cast<int>(int64_t{count} * (i + 1) / connections - int64_t{count} * i / connections);
      for (int k = 0; k < share; k++) connection->watch(service_);
      connection->flush();
      connections_.push_back(std::move(connection));
    }
  }
  void publish(int count) override {
    publisher_.publish(service_, count);
    publisher_.flush();
  }

 private:
  const std::string service_;
  std::vector<std::unique_ptr<Connection>> connections_;
  Connection publisher_;
};

}  // namespace

std::unique_ptr<Audience> grpc_audience(int poller, const Address& server, const std::string& service,
                                        int subscribers, int connections) {
  return std::make_unique<GRPCAudience>(poller, server, service, subscribers, connections);
}
