/* Faults on purpose, to prove that what is to find them is on: planted after-free|leak|overflow. */
#include <limits.h>
#include <stdio.h>
#include <string.h>

#include "basenji.h"

int main(int argc, char **argv) {
    const char *fault = argc == 2 ? argv[1] : "";
    bj_client_options options = BJ_CLIENT_OPTIONS_INIT;
    options.address = "udp://127.0.0.1:9";
    bj_client *client = NULL;
    if (bj_client_new(&options, &client) != BJ_OK) {
        return 1;
    }
    if (strcmp(fault, "leak") == 0) {
        /* Nobody knows of it any more. */
        bj_metric *metric = NULL;
        if (bj_metric_new(client, BJ_COUNT, "leaked", NULL, 0, &metric) != BJ_OK) {
            return 1;
        }
        metric = NULL;
    } else if (strcmp(fault, "overflow") == 0) {
        volatile int most = INT_MAX;
        printf("%d\n", most + argc);
    }
    bj_client_free(client, 1000);
    if (strcmp(fault, "after-free") == 0) {
        /* The library reads what was freed, not this program. */
        bj_count(client, "freed", 1, NULL, 0);
    }
    printf("no fault was found\n");
    return 0;
}
