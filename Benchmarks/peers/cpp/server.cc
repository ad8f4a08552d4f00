// bench.v1.Bench on gRPC C++ with its callback API, the fastest of its server APIs here.
//
// usage: bench-peer HOST:PORT [CONNINFO]     without CONNINFO, GetProduct must not be called
#include <grpcpp/grpcpp.h>

#include <cstdio>

#include "bench.grpc.pb.h"
#include "catalog.h"
#include "fan_out.h"
#include "product_reader.h"

namespace {

using namespace bench::v1;
using grpc::CallbackServerContext;

class Server final : public Bench::CallbackService {
 public:
  explicit Server(const std::string& conninfo) : products_(conninfo) {}

  grpc::ServerUnaryReactor* Echo(CallbackServerContext* context, const EchoRequest* request,
                                 EchoReply* reply) override {
    reply->set_id(request->id());
    reply->set_payload(request->payload());
    return answer(context);
  }

  grpc::ServerUnaryReactor* ListProducts(CallbackServerContext* context, const ListRequest* request,
                                         ListReply* reply) override {
    catalog::write(listing_, request->size(), *reply);
    return answer(context);
  }

  grpc::ServerUnaryReactor* GetProduct(CallbackServerContext* context, const GetRequest* request,
                                       FlatProduct* reply) override {
    auto* reactor = context->DefaultReactor();
    products_.read(request->id(), reply, [reactor](bool found) {
      reactor->Finish(found ? grpc::Status::OK : grpc::Status(grpc::StatusCode::NOT_FOUND, "no such product"));
    });
    return reactor;
  }

  grpc::ServerWriteReactor<Event>* Watch(CallbackServerContext*, const WatchRequest*) override {
    return new Watcher(watchers_);
  }

  grpc::ServerUnaryReactor* Publish(CallbackServerContext* context, const PublishRequest* request,
                                    PublishReply* reply) override {
    reply->set_last_seq(watchers_.publish(request->count()));
    return answer(context);
  }

 private:
  static grpc::ServerUnaryReactor* answer(CallbackServerContext* context) {
    auto* reactor = context->DefaultReactor();
    reactor->Finish(grpc::Status::OK);
    return reactor;
  }

  const std::vector<catalog::Product> listing_ = catalog::listing();
  ProductReader products_;
  Watchers watchers_;
};

}  // namespace

int main(int argc, char** argv) {
  if (argc < 2) {
    std::fprintf(stderr, "usage: bench-peer HOST:PORT [CONNINFO]\n");
    return 2;
  }
  Server service(argc > 2 ? argv[2] : "");
  grpc::ServerBuilder builder;
  builder.AddListeningPort(argv[1], grpc::InsecureServerCredentials());
  builder.RegisterService(&service);
  auto server = builder.BuildAndStart();
  if (!server) return 1;
  server->Wait();
}
