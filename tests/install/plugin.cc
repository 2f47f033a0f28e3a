// A plug-in in C++: the headers give its one symbol the linkage that the server looks for.
#include <kafkasse_plugin.h>

#include <string_view>

static ksse_filtered filter(void *, const ksse_event *event, ksse_output *)
{
    std::string_view data(event->data, event->data_len);
    return data.find("\"draft\":true") == data.npos ? KSSE_FILTER_KEEP : KSSE_FILTER_DROP;
}

const struct ksse_plugin ksse_plugin = {
    .abi = KSSE_PLUGIN_ABI,
    .size = sizeof(struct ksse_plugin),
    .name = "c++",
    .open = nullptr,
    .close = nullptr,
    .deserialize = nullptr,
    .filter = filter,
};
