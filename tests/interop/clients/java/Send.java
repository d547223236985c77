import com.timgroup.statsd.DirectStatsDClient;
import com.timgroup.statsd.Event;
import com.timgroup.statsd.NonBlockingStatsDClientBuilder;
import com.timgroup.statsd.ServiceCheck;
import com.timgroup.statsd.StatsDClient;

/** What an application does with java-dogstatsd-client: the environment of its pod says where to send. */
public final class Send {
    public static void main(String[] arguments) throws InterruptedException {
        // As it is by default, but for telemetry more often than every ten seconds; a line a call; packed values.
        try (StatsDClient client = builder("java").telemetryFlushInterval(200).build();
                StatsDClient plain = builder("java.plain").enableAggregation(false).enableTelemetry(false).build();
                DirectStatsDClient direct = builder("java.direct").enableTelemetry(false).buildDirectStatsDClient()) {
            calls(client);
            for (int call = 0; call < 200; call++) {
                client.recordHistogramValue("sampled", 1, 0.5);
            }
            Event event = Event.builder().withTitle("Déploy 2").withText("v2 a\nfailed").withDate(1700000000000L)
                    .withHostname("web-1").withAggregationKey("deploys").withPriority(Event.Priority.LOW)
                    .withSourceTypeName("java").withAlertType(Event.AlertType.ERROR).build();
            client.recordEvent(event, "by:ci");
            client.recordServiceCheckRun(ServiceCheck.builder().withName("db.up").withStatus(ServiceCheck.Status.CRITICAL)
                    .withTimestamp(1700000000).withHostname("db-1").withMessage("no\nanswer").withTags(new String[] {"by:ci"})
                    .build());
            calls(plain);
            direct.recordDistributionValues("load", new double[] {1, 2, 3, 4, 5}, 1, "core:0");
            // What waits when it is closed is lost, and it aggregates for two seconds.
            Thread.sleep(3500);
        }
    }

    private static NonBlockingStatsDClientBuilder builder(String prefix) {
        NonBlockingStatsDClientBuilder builder = new NonBlockingStatsDClientBuilder().prefix(prefix).constantTags("env:test");
        builder.timeout(10_000).errorHandler(error -> {
            error.printStackTrace();
            System.exit(1);
        });
        if (System.getenv("TRANSPORT").equals("unixstream")) {
            // To this client `unix:` is a datagram socket.
            builder.address("unixstream://" + System.getenv("DD_DOGSTATSD_STREAM_SOCKET"));
        }
        return builder;
    }

    private static void calls(StatsDClient client) {
        client.incrementCounter("views", "page:home");
        client.count("views", 4, "page:home");
        client.decrementCounter("views", "page:home");
        client.gauge("queue", 7.0);
        client.gauge("queue", -42.5);
        for (long value : new long[] {1, 2, 3, 4, 10, 10}) {
            client.recordHistogramValue("size", value, "unit:kb");
        }
        for (double value = 1; value <= 5; value++) {
            client.recordDistributionValue("load", value, "core:0");
        }
        client.recordExecutionTime("time", 320);
        for (String user : new String[] {"alice", "bob", "alice"}) {
            client.recordSetValue("users", user);
        }
        client.gaugeWithTimestamp("past", 9, 1700000000);
        client.countWithTimestamp("past", 4, 1700000010);
    }
}
