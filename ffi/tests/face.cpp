// basenji.hpp: what a client sends is what a server's callbacks, or who pulls its flushes, have; handles move; errors are statuses.
#undef NDEBUG
#include <cassert>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "basenji.hpp"

using namespace std::chrono_literals;

namespace {

std::string joined(basenji::tag_range tags) {
    std::string text;
    for (std::string_view tag : tags) {
        (text += tag) += ' ';
    }
    return text;
}

basenji::client connect(const basenji::server &server, basenji::client_options options = {}) {
    options.address = "udp://127.0.0.1:" + std::to_string(server.port());
    options.telemetry = false;
    auto created = basenji::client::create(options);
    assert(created && created->get() != nullptr);
    return *std::move(created);
}

// What a server has received.
struct seen {
    double visits = 0, orders = 0, median = 0, users = 0, old = 0;
    int renders = 0, timers = 0, series = 0, events = 0, checks = 0;
    std::string visits_tags;

    void add(const basenji::series &one) {
        series++;
        if (one.name() == "cpp.visits") {
            visits += one.value();
            visits_tags = joined(one.tags());
            assert(one.kind() == basenji::kind::count && one.joined_tags() == "env:dev,page:home,team:a");
            assert(!one.quantile(0.5) && one.interval() > 0s && one.host().empty());
        } else if (one.name() == "cpp.orders") {
            orders += one.value();
        } else if (one.name() == "cpp.render") {
            assert(one.kind() == basenji::kind::distribution);
            median = one.quantile(0.5).value();
            renders += static_cast<int>(one->count);
        } else if (one.name() == "cpp.timer") {
            assert(one.kind() == basenji::kind::timing && one->min >= 1.0);
            assert(joined(one.tags()) == "env:dev step:1 team:a ");
            timers += static_cast<int>(one->count);
        } else if (one.name() == "cpp.users") {
            users += one.value();
        } else if (one.name() == "cpp.old") {
            assert(one.timestamp() == basenji::time_point(1656581400s));
            old += one.value();
        }
    }
    void event(const basenji::message &event) {
        assert(event.is_event() && event.name() == "title" && event.text() == "two\\nlines" && event.hostname() == "h");
        assert(event.alert() == basenji::alert::error && event.priority() == basenji::priority::low);
        assert(event->timestamp == 1656581400 && joined(event.tags()) == "env:dev team:a ");
        events++;
    }
    void check(const basenji::message &check) {
        assert(check.is_service_check() && check.name() == "db" && check.text() == "down");
        assert(check.status() == basenji::check::critical);
        checks++;
    }
    void is_complete() const {
        assert(visits == 1003.0 && visits_tags == "env:dev page:home team:a " && orders == 2.0 && renders == 100);
        assert(std::abs(median - 50.0) <= 2.0 && timers == 2 && users == 2.0 && old == 5.0 && events == 1 && checks == 1);
    }
};

// Every call once, most in the ways that it can be written.
void send(const basenji::server &server) {
    basenji::client_options options;
    options.prefix = "cpp.";
    options.tags = {"team:a"};
    options.flush_interval = 500ms;
    options.aggregation = "extended";
    const basenji::client client = connect(server, options);

    // Neither name nor tags end with a NUL.
    const std::string buffer = "visits page:home env:dev";
    const std::string_view name = std::string_view(buffer).substr(0, 6), page = std::string_view(buffer).substr(7, 9);
    const std::string environment = "env:dev";
    assert(client.count(name, 1, {page, "env:dev"}));
    const basenji::text array[] = {"page:home", environment};
    assert(client.count("visits", 1, array));
    const std::vector<basenji::text> list(std::begin(array), std::end(array));
    assert(client.count(buffer.substr(0, 6), 1, list));
    auto visits = client.metric(basenji::kind::count, "visits", list);
    assert(visits);
    for (int i = 0; i < 1000; i++) {
        assert(visits->add());
    }
    assert(client.count("orders") && client.count("orders", 1, {}, basenji::call().cardinality(basenji::cardinality::low)));
    assert(client.count("old", 5, {}, basenji::call().timestamp(basenji::time_point(1656581400s))));
    for (int i = 1; i <= 100; i++) {
        assert(client.distribution("render", i));
    }
    assert(client.histogram("h", 1.5) && client.timing("t", 1500us) && client.gauge("g", 2.5));
    assert(client.set("users", "me") && client.set("users", environment, {"a"}));

    auto timing = client.metric(basenji::kind::timing, "timer", {"step:1", "env:dev"});
    {
        // Its braces, and the texts in them, are gone when it ends.
        basenji::scoped_timer named(client, std::string("timer"), {std::string("step:") + "1", environment});
        basenji::scoped_timer handle(*timing), cancelled(*timing);
        cancelled.cancel();
        const auto start = std::chrono::steady_clock::now();
        while (std::chrono::steady_clock::now() - start < 1ms) {
            std::this_thread::yield();
        }
        assert(named.elapsed() >= 1ms);
    }

    basenji::event_options event;
    event.alert = basenji::alert::error;
    event.priority = basenji::priority::low;
    event.hostname = "h";
    event.timestamp = basenji::time_point(1656581400s);
    assert(client.event("title", "two\nlines", {"env:dev"}, event));
    basenji::check_options check;
    check.message = "down";
    assert(client.service_check("db", basenji::check::critical, {}, check));
    assert(client.flush(10s));
    assert(client.stats()->events == 1 && client.stats()->service_checks == 1);
    assert(client.close(1s) && client.close(1s).code() == BJ_CLOSED && client.count("late").code() == BJ_CLOSED);
}

void callbacks() {
    seen seen;
    basenji::server_options options;
    options.udp = "127.0.0.1:0";
    options.bucket_secs = 86400;
    options.on_series = [&](const basenji::series &series) { seen.add(series); };
    options.on_event = [&](const basenji::message &event) { seen.event(event); };
    options.on_service_check = [&](const basenji::message &check) { seen.check(check); };
    auto started = basenji::server::start(std::move(options));
    assert(started);
    // Callbacks follow their server.
    basenji::server first = *std::move(started), server;
    server = std::move(first);
    assert(first.port() == 0 && server.port() != 0);
    send(server);
    assert(server.stats() && server.stop() && server.stop().code() == BJ_CLOSED && server.port() == 0);
    assert(server.stats()->parse_errors == 0 && server.next(0s).status().code() == BJ_NOT_PULLED);
    seen.is_complete();
}

void pulled() {
    seen seen;
    basenji::server_options options;
    options.udp = "127.0.0.1:0";
    options.bucket_secs = 86400;
    options.telemetry = false;
    options.pull = true;
    auto server = basenji::server::start(options);
    assert(server && server->next(0s).status().code() == BJ_TIMEOUT);
    send(*server);
    assert(server->stop());
    while (auto bucket = server->next(0s)) {
        for (basenji::series series : bucket->series()) {
            seen.add(series);
        }
        for (basenji::message event : bucket->events()) {
            seen.event(event);
        }
        for (basenji::message check : bucket->service_checks()) {
            seen.check(check);
        }
    }
    assert(server->next(0s).status().code() == BJ_END);
    seen.is_complete();
}

void parser() {
    int lines = 0;
    for (basenji::line line : basenji::parse("page.views:1:2.5|d|@0.5|#env:dev,x\nbad line\n_sc|db.up|0")) {
        lines++;
        if (lines == 1) {
            const basenji::message message = line.message();
            double sum = 0;
            for (double value : message.values()) {
                sum += value;
            }
            assert(line && message.is_metric() && message.name() == "page.views" && sum == 3.5);
            assert(message.kind() == basenji::kind::distribution && message->sample_rate == 0.5);
            assert(joined(message.tags()) == "env:dev x " && joined(message.tags()) == "env:dev x ");
        } else if (lines == 2) {
            assert(!line && line.status().code() == BJ_NO_PIPE && line.text() == "bad line" && line.offset() == 8);
        } else {
            assert(line && line.message().is_service_check() && line.message().status() == basenji::check::ok);
        }
    }
    assert(lines == 3);
    for (basenji::line line : basenji::parse("")) {
        assert(line.text() == "there is none");
    }
}

void errors() {
    basenji::client_options options;
    options.address = "tcp://h:1";
    auto refused = basenji::client::create(options);
    assert(!refused && refused.status().code() == BJ_BAD_ADDRESS && refused->get() == nullptr);
    assert(std::string_view(refused.status().name()) == "BJ_BAD_ADDRESS" && refused.status() != basenji::status());
    assert(!basenji::server::start({}) && basenji::server::start({}).status().code() == BJ_NO_LISTENER);

    // Empty handles.
    basenji::client none;
    basenji::metric metric;
    basenji::bucket bucket;
    assert(none.count("a").code() == BJ_NULL_CLIENT && none.flush(1s).code() == BJ_NULL_CLIENT && !none.stats());
    assert(metric.add().code() == BJ_NULL_METRIC && metric.record(1ms).code() == BJ_NULL_METRIC);
    assert(none.metric(basenji::kind::count, "a").status().code() == BJ_NULL_CLIENT);
    assert(basenji::server().stop().code() == BJ_NULL_SERVER && bucket.series().begin() == bucket.series().end());

    options.address = "udp://127.0.0.1:9";
    basenji::client client = *basenji::client::create(options), moved = std::move(client);
    assert(client.count("a").code() == BJ_NULL_CLIENT && moved.count("a"));
    const char *null = nullptr;
    assert(moved.count(null).code() == BJ_NULL_NAME && moved.count("a", 1, {null}).code() == BJ_NULL_TAGS);
    assert(moved.gauge("a", 1, {}, basenji::call().sample_rate(2)).code() == BJ_BAD_SAMPLE_RATE);
    assert(moved.metric(basenji::kind::set, "a").status().code() == BJ_BAD_KIND);
    // A metric may outlive its client.
    metric = *moved.metric(basenji::kind::count, "a");
    moved = basenji::client();
    assert(metric.add());
}

}  // namespace

int main() {
    callbacks();
    pulled();
    parser();
    errors();
    std::printf("all is well\n");
    return 0;
}
