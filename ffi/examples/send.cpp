// Sends metrics to where the environment says, else to localhost:8125; send.cpp ADDRESS sends there.
#include <chrono>
#include <cstdio>
#include <string>

#include "basenji.hpp"

using namespace std::chrono_literals;

int main(int argc, char **argv) {
    basenji::client_options options;
    options.address = argc > 1 ? argv[1] : "";
    options.prefix = "shop.";
    auto created = basenji::client::create(options);
    if (!created) {
        std::fprintf(stderr, "no client: %s\n", created.status().message());
        return 1;
    }
    basenji::client client = *std::move(created);

    const std::string page = "page:home";
    client.count("visits", 1, {"env:dev", page});
    client.timing("render", 12.5ms, {"env:dev", page});
    client.gauge("queue", 3, {}, basenji::call().cardinality(basenji::cardinality::low));
    client.event("deployed", "version 7\nof the shop", {"env:dev"});
    client.service_check("database.up", basenji::check::ok);
    {
        // Records how long this block takes.
        basenji::scoped_timer timer(client, "checkout", {"env:dev"});
        client.count("orders");
    }

    // Where each nanosecond counts: name and tags are looked up once.
    if (auto visits = client.metric(basenji::kind::count, "visits", {"env:dev", page})) {
        for (int i = 0; i < 1000; i++) {
            visits->add();
        }
    }

    const basenji::status sent = client.flush(5s);
    const auto counters = client.stats();
    std::printf("%llu calls, %llu datagrams: %s\n",
                static_cast<unsigned long long>(counters->metrics + counters->events + counters->service_checks),
                static_cast<unsigned long long>(counters->packets_sent), sent.message());
    return sent ? 0 : 1;
}
