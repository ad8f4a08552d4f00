// Asks a running bench.v1.Bench, as any gRPC client would, and compares every reply with what it must be.
//
// usage: check-replies HOST:PORT [--no-database]     exit 0 and a line of facts, or 1 and what was wrong
#include <grpcpp/grpcpp.h>
#include <openssl/evp.h>

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>

#include "bench.grpc.pb.h"
#include "catalog.h"

namespace {

using namespace bench::v1;

constexpr auto kDeadline = std::chrono::seconds(5);
constexpr int kListed = 20, kPublished = 50;

void expect(bool holds, const std::string& what) {
  if (holds) return;
  std::fprintf(stderr, "check-replies: %s\n", what.c_str());
  std::exit(1);
}

void expect_ok(const grpc::Status& status, const char* method) {
  expect(status.ok(), std::string(method) + ": status " + std::to_string(status.error_code()) + " " +
                          status.error_message());
}

std::unique_ptr<grpc::ClientContext> context() {
  auto context = std::make_unique<grpc::ClientContext>();
  context->set_deadline(std::chrono::system_clock::now() + kDeadline);
  return context;
}

// First 16 hexadecimal digits of the SHA-256.
std::string digest(const std::string& bytes) {
  unsigned char sum[EVP_MAX_MD_SIZE];
  EVP_Digest(bytes.data(), bytes.size(), sum, nullptr, EVP_sha256(), nullptr);
  char text[17];
  for (int i = 0; i < 8; i++) std::snprintf(text + 2 * i, 3, "%02x", sum[i]);
  return text;
}

void check_echo(Bench::Stub& stub) {
  EchoRequest request;
  EchoReply reply;
  request.set_id("e-1");
  for (int i = 0; i < 256; i++) request.mutable_payload()->push_back(static_cast<char>(i));
  expect_ok(stub.Echo(context().get(), request, &reply), "Echo");
  expect(reply.id() == request.id() && reply.payload() == request.payload(), "Echo: another reply than the request");
}

std::string check_list(Bench::Stub& stub) {
  ListRequest request;
  ListReply reply, expected;
  request.set_size(kListed);
  expect_ok(stub.ListProducts(context().get(), request, &reply), "ListProducts");
  catalog::write(catalog::listing(), kListed, expected);
  const std::string bytes = reply.SerializeAsString();
  expect(bytes == expected.SerializeAsString(), "ListProducts: other products than the listing's");
  return "list " + std::to_string(bytes.size()) + " bytes " + digest(bytes);
}

std::string check_get(Bench::Stub& stub) {
  GetRequest request;
  FlatProduct reply;
  request.set_id("prod-00012345");
  expect_ok(stub.GetProduct(context().get(), request, &reply), "GetProduct");
  expect(reply.id() == request.id() && reply.price_minor() == 13345 && reply.rating() == 3.5 &&
             reply.rating_count() == 2345 && reply.description().size() == 300,
         "GetProduct: another product: " + reply.ShortDebugString());
  const std::string bytes = reply.SerializeAsString();
  request.set_id("absent");
  const auto status = stub.GetProduct(context().get(), request, &reply);
  expect(status.error_code() == grpc::StatusCode::NOT_FOUND,
         "GetProduct: an absent product is status " + std::to_string(status.error_code()));
  return "get " + std::to_string(bytes.size()) + " bytes " + digest(bytes);
}

void check_watch(Bench::Stub& stub) {
  auto watching = context();
  auto reader = stub.Watch(watching.get(), WatchRequest());
  reader->WaitForInitialMetadata();
  PublishRequest request;
  PublishReply reply;
  request.set_count(kPublished);
  expect_ok(stub.Publish(context().get(), request, &reply), "Publish");
  Event event;
  for (int64_t seq = reply.last_seq() - kPublished + 1; seq <= reply.last_seq(); seq++) {
    expect(reader->Read(&event), "Watch: ended");
    expect(event.seq() == seq && event.sku() == "SKU-10000000-0" && event.available() == 7,
           "Watch: another event: " + event.ShortDebugString());
  }
  watching->TryCancel();
  reader->Finish();
}

}  // namespace

int main(int argc, char** argv) {
  expect(argc >= 2, "usage: check-replies HOST:PORT [--no-database]");
  const bool database = argc < 3 || std::strcmp(argv[2], "--no-database") != 0;
  auto stub = Bench::NewStub(grpc::CreateChannel(argv[1], grpc::InsecureChannelCredentials()));
  check_echo(*stub);
  std::string facts = "echo ok; " + check_list(*stub);
  if (database) facts += "; " + check_get(*stub);
  check_watch(*stub);
  std::printf("%s; watch ok\n", facts.c_str());
}
