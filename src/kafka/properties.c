/* Properties are tried on a scratch configuration of librdkafka, which it checks one by one. */
#include "kafka/properties.h"

#include "api/error.h"
#include "base/nearest.h"

#include <librdkafka/rdkafka.h>
#include <string.h>
#include <strings.h>

struct refused_property {
    const char *name;
    const char *reason;
};

static const char no_group[] = "the server reads without a consumer group, so that it needs no "
                               "access to groups and never commits an offset";
static const char clients_choose[] = "where a stream starts is up to the client and to the setting "
                                     "default-start";
static const char own_offsets[] = "the server keeps positions itself and never commits an offset";
static const char use_brokers[] = "use the setting brokers (-b)";

static const struct refused_property refused[] = {
    {"group.id", no_group},
    {"group.instance.id", no_group},
    {"enable.auto.commit", own_offsets},
    {"auto.commit.enable", own_offsets},
    {"enable.auto.offset.store", own_offsets},
    {"offset.store.method", own_offsets},
    {"auto.offset.reset", clients_choose},
    {"bootstrap.servers", use_brokers},
    {"metadata.broker.list", use_brokers},
    {"enable.partition.eof", "the server needs it to know when a replay has caught up"},
    {"fetch.wait.max.ms", "the server chooses it, because a partition that joins waits that long"},
    {"log.queue", "librdkafka's log goes into the server's own"},
    {"log_cb", "librdkafka's log goes into the server's own"},
    {"allow.auto.create.topics", "a client's request must never create a topic"},
    {"test.mock.num.brokers",
     "each handle would get a cluster of its own; the setting demo makes one for all"},
    {"opaque", "it is a pointer inside the program, not a text"},
};

/* Parts of names whose values are passwords, keys or tokens. */
static const char *const secret_parts[] = {"password",           "secret", ".pem",
                                           "oauthbearer.config", "token",  "jaas"};

const char *kafka_property_refused(const char *name)
{
    for (size_t i = 0; i < ARRAY_LEN(refused); i++) {
        if (strcmp(name, refused[i].name) == 0) {
            return refused[i].reason;
        }
    }
    size_t len = strlen(name);
    if (len > 3 && strcmp(name + len - 3, "_cb") == 0) {
        return "it is a function inside the program, not a text";
    }
    return NULL;
}

bool kafka_property_is_secret(const char *name)
{
    for (size_t i = 0; i < ARRAY_LEN(secret_parts); i++) {
        if (strcasestr(name, secret_parts[i]) != NULL) {
            return strcmp(name, "sasl.oauthbearer.token.endpoint.url") != 0;
        }
    }
    return false;
}

/* "No such configuration property", and which one was perhaps meant. */
static void say_unknown(rd_kafka_conf_t *conf, const char *name, const char *sentence,
                        struct ksse_error *error)
{
    struct nearest nearest = {0};
    size_t count = 0;
    const char **dump = rd_kafka_conf_dump(conf, &count);
    for (size_t i = 0; dump != NULL && i + 1 < count; i += 2) {
        nearest_consider(&nearest, name, dump[i]);
    }
    if (nearest.name != NULL) {
        error_set(error, "%s; did you mean \"%s\"?", sentence, nearest.name);
    } else {
        error_set(error, "%s", sentence);
    }
    if (dump != NULL) {
        rd_kafka_conf_dump_free(dump, count);
    }
}

static int set_one(rd_kafka_conf_t *conf, const char *name, const char *value,
                   struct ksse_error *error)
{
    const char *reason = kafka_property_refused(name);
    if (reason != NULL) {
        error_set(error, "the Kafka property %s cannot be set: %s", name, reason);
        return KSSE_EREFUSED;
    }
    char sentence[400];
    rd_kafka_conf_res_t result = rd_kafka_conf_set(conf, name, value, sentence, sizeof sentence);
    if (result == RD_KAFKA_CONF_OK) {
        return 0;
    }
    if (result == RD_KAFKA_CONF_UNKNOWN) {
        say_unknown(conf, name, sentence, error);
    } else if (kafka_property_is_secret(name)) {
        /* librdkafka's sentence may quote the value. */
        error_set(error, "librdkafka does not take the value of %s", name);
    } else {
        error_set(error, "%s", sentence);
    }
    return KSSE_EKAFKA;
}

int kafka_property_check(const char *name, const char *value, struct ksse_error *error)
{

    rd_kafka_conf_t *conf = rd_kafka_conf_new();
    int rc = set_one(conf, name, value, error);
    rd_kafka_conf_destroy(conf);
    return rc;
}

int kafka_properties_check_all(const struct kafka_property *properties, size_t count,
                               struct ksse_error *error)
{
    rd_kafka_conf_t *conf = rd_kafka_conf_new();
    int rc = 0;
    for (size_t i = 0; i < count && rc == 0; i++) {
        rc = set_one(conf, properties[i].name, properties[i].value, error);
    }
    rd_kafka_conf_destroy(conf);
    return rc;
}
