/* Sends metrics to where the environment says, else to localhost:8125; send.c ADDRESS sends there. */
#include <stdio.h>

#include "basenji.h"

int main(int argc, char **argv) {
    bj_client_options options = BJ_CLIENT_OPTIONS_INIT;
    options.address = argc > 1 ? argv[1] : NULL;
    options.prefix = "shop.";
    bj_client *client;
    bj_status status = bj_client_new(&options, &client);
    if (status != BJ_OK) {
        fprintf(stderr, "no client: %s\n", bj_status_message(status));
        return 1;
    }

    const char *tags[] = {"env:dev", "page:home"};
    bj_count(client, "visits", 1, tags, 2);
    bj_timing(client, "render", 12.5, tags, 2);
    bj_event(client, "deployed", "version 7\nof the shop", tags, 1, NULL);
    bj_service_check(client, "database.up", 0, NULL, 0, NULL);

    /* Where each nanosecond counts: name and tags are looked up once. */
    bj_metric *visits;
    if (bj_metric_new(client, BJ_COUNT, "visits", tags, 2, &visits) == BJ_OK) {
        for (int i = 0; i < 1000; i++) {
            bj_metric_add(visits, 1);
        }
        bj_metric_free(visits);
    }

    status = bj_flush(client, 5000);
    bj_client_counters counters;
    bj_client_stats(client, &counters);
    printf("%llu calls, %llu datagrams: %s\n", (unsigned long long)(counters.metrics + counters.events + counters.service_checks),
           (unsigned long long)counters.packets_sent, bj_status_message(status));
    bj_client_free(client, 1000);
    return status == BJ_OK ? 0 : 1;
}
