// Products by primary key with plain libpq, as most services do it: a few threads, each with a connection of its
// own and one prepared statement, each blocked on one query at a time.
#pragma once
#include <libpq-fe.h>

#include <condition_variable>
#include <cstdio>
#include <cstdlib>
#include <deque>
#include <functional>
#include <mutex>
#include <string>
#include <thread>

#include "bench.pb.h"

class ProductReader {
 public:
  using Done = std::function<void(bool found)>;
  static constexpr int kConnections = 8;

  explicit ProductReader(const std::string& conninfo) {
    if (conninfo.empty()) return;
    for (int i = 0; i < kConnections; i++) std::thread([this, conninfo] { serve(conninfo); }).detach();
  }

  void read(const std::string& id, bench::v1::FlatProduct* into, Done done) {
    {
      std::lock_guard lock(mutex_);
      waiting_.push_back({id, into, std::move(done)});
    }
    arrived_.notify_one();
  }

 private:
  struct Job {
    std::string id;
    bench::v1::FlatProduct* into;
    Done done;
  };

  [[noreturn]] void serve(const std::string& conninfo) {
    PGconn* connection = PQconnectdb(conninfo.c_str());
    if (PQstatus(connection) != CONNECTION_OK) {
      std::fprintf(stderr, "bench-peer: %s", PQerrorMessage(connection));
      std::exit(1);
    }
    PQclear(PQprepare(connection, "product",
                      "SELECT id, slug, title, description, brand, category_id, seller_id, price_minor, currency,"
                      " rating, rating_count FROM products WHERE id = $1",
                      1, nullptr));
    for (;;) {
      Job job = take();
      const char* id = job.id.c_str();
      PGresult* row = PQexecPrepared(connection, "product", 1, &id, nullptr, nullptr, 0);
      const bool found = PQresultStatus(row) == PGRES_TUPLES_OK && PQntuples(row) == 1;
      if (found) fill(row, *job.into);
      PQclear(row);
      job.done(found);
    }
  }

  Job take() {
    std::unique_lock lock(mutex_);
    arrived_.wait(lock, [this] { return !waiting_.empty(); });
    Job job = std::move(waiting_.front());
    waiting_.pop_front();
    return job;
  }

  static void fill(const PGresult* row, bench::v1::FlatProduct& to) {
    to.set_id(PQgetvalue(row, 0, 0));
    to.set_slug(PQgetvalue(row, 0, 1));
    to.set_title(PQgetvalue(row, 0, 2));
    to.set_description(PQgetvalue(row, 0, 3));
    to.set_brand(PQgetvalue(row, 0, 4));
    to.set_category_id(PQgetvalue(row, 0, 5));
    to.set_seller_id(PQgetvalue(row, 0, 6));
    to.set_price_minor(std::atoll(PQgetvalue(row, 0, 7)));
    to.set_currency(PQgetvalue(row, 0, 8));
    to.set_rating(std::strtod(PQgetvalue(row, 0, 9), nullptr));
    to.set_rating_count(std::atoi(PQgetvalue(row, 0, 10)));
  }

  std::mutex mutex_;
  std::condition_variable arrived_;
  std::deque<Job> waiting_;
};
