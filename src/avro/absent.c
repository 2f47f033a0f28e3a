/* What takes the place of this room in a program that is built without it. See avro.h. */
#include "avro/avro.h"

bool avro_is_available(void)
{
    return false;
}

int avro_new(const struct avro_options *options, struct avro **out, struct ksse_error *error)
{
    (void)options;
    (void)out;
    error_set(error, "this program was built without Avro");
    return KSSE_EVALUE;
}

/* No avro_new() ever succeeds: there is nothing to call the others with. */

struct deserializer *avro_deserializer(struct avro *avro)
{
    ASSERT(avro != NULL);
    return NULL;
}

int avro_fd(const struct avro *avro)
{
    ASSERT(avro != NULL);
    return -1;
}

bool avro_dispatch(struct avro *avro)
{
    ASSERT(avro != NULL);
    return false;
}

void avro_report(struct avro *avro, struct avro_report *out)
{
    (void)out;
    ASSERT(avro != NULL);
}

void avro_free(struct avro *avro)
{
    ASSERT(avro == NULL);
}
