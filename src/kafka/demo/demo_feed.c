/* The demo's records: see the header. Runs on the caller's thread, touches nothing but its
 * arguments. */
#include "kafka/demo/demo_feed.h"

#include "base/assert.h"

#include <stddef.h>
#include <string.h>
#include <time.h>

enum {
    TITLES_PER_WIKI = 7,
    USERS_PER_WIKI = 4,
    COMMENTS_PER_WIKI = 3,
    BROKEN_ONE_IN = 40,
    DELETE_ONE_IN = 14
};

const struct demo_topic demo_topics[DEMO_TOPIC_COUNT] = {
    [DEMO_RECENTCHANGE] = {"demo.recentchange", 4},
    [DEMO_PAGE_CREATE] = {"demo.page-create", 2},
    [DEMO_REVISION_SCORE] = {"demo.revision-score", 3},
};

struct demo_wiki {
    const char *name;
    const char *domain; /* under .example, which nobody can own (RFC 2606) */
    const char *titles[TITLES_PER_WIKI];
    const char *users[USERS_PER_WIKI];
    const char *comments[COMMENTS_PER_WIKI];
};

static const struct demo_wiki demo_wikis[] = {
    {"enatlas",
     "en.atlas.example",
     {"Lighthouses of the Northern Sea", "List of \"lost\" islands", "Moss gardening",
      "Tidal clock", "Paper kites \U0001FA81", "AC/DC converter", "Great Umber Railway"},
     {"Marginalia", "Old Cartographer", "QuietHeron", "203.0.113.47"},
     {"/* History */ fixed a date", "added two references", "rv: this is a map, not a menu"}},
    {"deatlas",
     "de.atlas.example",
     {"Zahnradbahn am Südhang", "Große Brückenkunde", "Gewürzgurke", "Mühlenstraße",
      "Straßenbahn von Nebelstadt", "Fußgängerübergang", "Kübelpflanze"},
     {"Kartenfuchs", "Frau Öttinger", "Grünspan", "2001:db8::7f"},
     {"Tippfehler", "Beleg ergänzt", "/* Geschichte */ Absatz gekürzt"}},
    {"fratlas",
     "fr.atlas.example",
     {"Forêt d'Émeraude", "Pont à péage", "Crêpe au sarrasin", "Île aux Hérons",
      "Théâtre de l'Œuvre", "Naïveté (homonymie)", "Cidre de façade"},
     {"Héloïse du Nord", "Petit Pois", "Zéphyr42", "198.51.100.9"},
     {"typographie", "ajout d'une « source »", "/* Étymologie */ précision"}},
    {"jaatlas",
     "ja.atlas.example",
     {"霧の灯台", "古い橋の一覧", "抹茶アイス", "月見うどん", "紙飛行機", "猫の島", "夜行列車"},
     {"さくら餅", "地図好き", "ヨルノネコ", "雪見"},
     {"誤字修正", "出典を追加", "/* 歴史 */ 加筆"}},
    {"ruatlas",
     "ru.atlas.example",
     {"Маяк на мысе Туманов", "Список старых мостов", "Гречневая каша", "Ночной поезд",
      "Улица Ёлочная", "Северное сияние", "Бумажный змей"},
     {"Картограф", "Тихая Сова", "Ёжик", "Северянин"},
     {"опечатка", "добавлен источник", "/* История */ уточнение"}},
    {"aratlas",
     "ar.atlas.example",
     {"منارة الضباب", "قائمة الجسور القديمة", "قهوة بالهيل", "قطار الليل", "جزيرة القطط",
      "طائرة ورقية", "حديقة الطحالب"},
     {"رسام الخرائط", "نجمة الشمال", "أبو قوس", "سلمى"},
     {"تصحيح إملائي", "إضافة مصدر", "/* التاريخ */ توضيح"}},
    {"hiatlas",
     "hi.atlas.example",
     {"कोहरे का दीपस्तंभ", "पुराने पुलों की सूची", "इलायची चाय", "रात की रेल", "पतंग", "मोर", "नदी घाटी"},
     {"मानचित्रकार", "शांत बगुला", "गुलमोहर", "तारा"},
     {"वर्तनी सुधार", "स्रोत जोड़ा", "/* इतिहास */ विस्तार"}},
    {"elatlas",
     "el.atlas.example",
     {"Φάρος της ομίχλης", "Κατάλογος παλιών γεφυρών", "Ελληνικός καφές", "Νυχτερινό τρένο",
      "Χαρταετός", "Νησί των γάτων", "Κήπος με βρύα"},
     {"Χαρτογράφος", "Ήσυχη Κουκουβάγια", "Αμυγδαλιά", "Νότος"},
     {"διόρθωση", "προσθήκη πηγής", "/* Ιστορία */ συμπλήρωση"}},
    {"commonsatlas",
     "commons.atlas.example",
     {"File:Lighthouse at dusk \U0001F305.jpg", "File:Bridge, north side.svg", "File:北の橋.png",
      "File:Tea \U0001F375 and biscuits.webm", "File:Cat on a map \U0001F408.jpg",
      "Category:Kites \U0001FA81", "File:Nachtzug \\ 1931.ogg"},
     {"UploadFairy \U0001F9DA", "Panorama", "BotanicalBot", "写真家"},
     {"uploaded own work", "cropped 3 % with a \"lossless\" tool",
      "+ [[Category:Night]] \U0001F319"}},
};

/* splitmix64: every seed is good, also 0. */
static uint64_t random_next(struct demo_feed *feed)
{
    uint64_t x = feed->random += 0x9e3779b97f4a7c15u;
    x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9u;
    x = (x ^ (x >> 27)) * 0x94d049bb133111ebu;
    return x ^ (x >> 31);
}

static uint64_t random_below(struct demo_feed *feed, uint64_t limit)
{
    return random_next(feed) % limit;
}

static bool one_in(struct demo_feed *feed, uint64_t count)
{
    return random_below(feed, count) == 0;
}

static const struct demo_wiki *wiki_of(const struct demo_edit *edit)
{
    return &demo_wikis[edit->wiki];
}

static const char *title_of(const struct demo_edit *edit)
{
    return wiki_of(edit)->titles[edit->title];
}

static const char *user_of(const struct demo_edit *edit)
{
    return wiki_of(edit)->users[edit->user];
}

/* A JSON string with its quotes. The tables are UTF-8 without control characters. */
static void append_json(struct buf *b, const char *text)
{
    buf_append_char(b, '"');
    for (const char *at = text; *at != '\0'; at++) {
        if (*at == '"' || *at == '\\') {
            buf_append_char(b, '\\');
        }
        buf_append_char(b, *at);
    }
    buf_append_char(b, '"');
}

/* A title as MediaWiki puts it into URLs: underscores, the rest percent-encoded. */
static void append_title_url(struct buf *b, const char *title)
{
    static const char plain[] =
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._:/,()";
    for (const char *at = title; *at != '\0'; at++) {
        if (*at == ' ') {
            buf_append_char(b, '_');
        } else if (strchr(plain, *at) != NULL) {
            buf_append_char(b, *at);
        } else {
            buf_printf(b, "%%%02X", (unsigned)(unsigned char)*at);
        }
    }
}

static void append_uuid(struct buf *b, struct demo_feed *feed)
{
    uint64_t high = random_next(feed);
    uint64_t low = random_next(feed);
    buf_printf(b, "\"%08x-%04x-4%03x-%04x-%012llx\"", (unsigned)(high >> 32),
               (unsigned)(high >> 16) & 0xffff, (unsigned)high & 0xfff,
               ((unsigned)(low >> 48) & 0x3fff) | 0x8000,
               (unsigned long long)(low & 0xffffffffffffu));
}

static void append_iso_time(struct buf *b, int64_t now_ms)
{
    time_t seconds = (time_t)(now_ms / 1000);
    struct tm parts;
    char text[32] = "1970-01-01T00:00:00";
    if (gmtime_r(&seconds, &parts) != NULL) {
        strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%S", &parts);
    }
    buf_printf(b, "\"%s.%03dZ\"", text, (int)(now_ms % 1000));
}

static void append_page_url(struct buf *b, const struct demo_edit *edit)
{
    buf_printf(b, "\"https://%s/wiki/", wiki_of(edit)->domain);
    append_title_url(b, title_of(edit));
    buf_append_char(b, '"');
}

static void append_head(struct buf *b, struct demo_feed *feed, const struct demo_edit *edit,
                        const char *schema, const char *stream, int64_t now_ms)
{
    buf_printf(b, "{\"$schema\":\"%s\",\"meta\":{\"uri\":", schema);
    append_page_url(b, edit);
    buf_append_str(b, ",\"request_id\":");
    append_uuid(b, feed);
    buf_append_str(b, ",\"id\":");
    append_uuid(b, feed);
    buf_printf(b, ",\"domain\":\"%s\",\"stream\":\"%s\",\"dt\":", wiki_of(edit)->domain, stream);
    append_iso_time(b, now_ms);
    buf_append_str(b, "}");
}

static void edit_next(struct demo_feed *feed)
{
    struct demo_edit *edit = &feed->edit;
    edit->wiki = random_below(feed, ARRAY_LEN(demo_wikis));
    edit->title = random_below(feed, TITLES_PER_WIKI);
    edit->user = random_below(feed, USERS_PER_WIKI);
    edit->is_new = one_in(feed, 6);
    edit->page_id = 1000 + edit->wiki * 100 + edit->title;
    edit->old_length = edit->is_new ? 0 : 400 + random_below(feed, 60000);
    edit->new_length = edit->old_length + 12 + random_below(feed, 900);
    if (edit->old_length > 1000 && one_in(feed, 3)) {
        edit->new_length = edit->old_length - random_below(feed, 700);
    }
    edit->revision = ++feed->revision;
}

static void append_change(struct buf *b, struct demo_feed *feed, int64_t now_ms)
{
    const struct demo_edit *edit = &feed->edit;
    const struct demo_wiki *wiki = wiki_of(edit);
    append_head(b, feed, edit, "/mediawiki/recentchange/1.0.0", "mediawiki.recentchange", now_ms);
    buf_printf(b, ",\"id\":%llu,\"type\":\"%s\",\"namespace\":%d,\"title\":",
               (unsigned long long)++feed->change_id, edit->is_new ? "new" : "edit",
               strncmp(title_of(edit), "File:", 5) == 0 ? 6 : 0);
    append_json(b, title_of(edit));
    buf_append_str(b, ",\"title_url\":");
    append_page_url(b, edit);
    buf_append_str(b, ",\"comment\":");
    append_json(b, wiki->comments[random_below(feed, COMMENTS_PER_WIKI)]);
    buf_printf(b, ",\"timestamp\":%lld,\"user\":", (long long)(now_ms / 1000));
    append_json(b, user_of(edit));
    buf_printf(b, ",\"bot\":%s,\"minor\":%s", strstr(user_of(edit), "Bot") ? "true" : "false",
               one_in(feed, 3) ? "true" : "false");
    buf_printf(b, ",\"length\":{\"old\":%llu,\"new\":%llu}", (unsigned long long)edit->old_length,
               (unsigned long long)edit->new_length);
    buf_printf(b, ",\"revision\":{\"old\":%llu,\"new\":%llu}",
               (unsigned long long)(edit->is_new ? 0 : edit->revision - 1 - edit->title),
               (unsigned long long)edit->revision);
    buf_printf(b, ",\"server_url\":\"https://%s\",\"server_name\":\"%s\"", wiki->domain,
               wiki->domain);
    buf_printf(b, ",\"server_script_path\":\"/w\",\"wiki\":\"%s\"}", wiki->name);
}

static void append_create(struct buf *b, struct demo_feed *feed, int64_t now_ms)
{
    const struct demo_edit *edit = &feed->edit;
    append_head(b, feed, edit, "/mediawiki/revision/create/2.0.0", "mediawiki.page-create", now_ms);
    buf_printf(b, ",\"database\":\"%s\",\"page_id\":%llu,\"page_title\":", wiki_of(edit)->name,
               (unsigned long long)edit->page_id);
    append_json(b, title_of(edit));
    buf_printf(b, ",\"rev_id\":%llu,\"rev_len\":%llu,\"rev_timestamp\":",
               (unsigned long long)edit->revision, (unsigned long long)edit->new_length);
    append_iso_time(b, now_ms);
    buf_append_str(b, ",\"performer\":{\"user_text\":");
    append_json(b, user_of(edit));
    buf_printf(b, ",\"user_edit_count\":%llu}}",
               (unsigned long long)(1 + random_below(feed, 9000)));
}

static void append_score(struct buf *b, struct demo_feed *feed, int64_t now_ms)
{
    const struct demo_edit *edit = &feed->edit;
    unsigned damaging = (unsigned)random_below(feed, 1000);
    damaging = damaging * damaging / 1000; /* most edits are good */
    append_head(b, feed, edit, "/mediawiki/revision/score/3.0.0", "mediawiki.revision-score",
                now_ms);
    buf_printf(b, ",\"database\":\"%s\",\"page_id\":%llu,\"page_title\":", wiki_of(edit)->name,
               (unsigned long long)edit->page_id);
    append_json(b, title_of(edit));
    buf_printf(b, ",\"rev_id\":%llu,\"scores\":{\"damaging\":{\"model_version\":\"0.5.1\"",
               (unsigned long long)edit->revision);
    buf_printf(b, ",\"prediction\":[\"%s\"],\"probability\":{\"true\":0.%03u,\"false\":0.%03u}}}}",
               damaging > 500 ? "true" : "false", damaging, 999 - damaging);
}

/* What producers of other formats, and producers with a bug, leave in a topic. */
static void break_value(struct demo_feed *feed, struct buf *value)
{
    static const char avro[] = "\0\0\0\0\x2a\x0c"
                               "enatlas\x02\xff\xfe";
    switch (random_below(feed, 4)) {
    case 0: /* cut off on the way */
        if (buf_ok(value)) {
            buf_truncate(value, value->len * 3 / 5);
        }
        break;
    case 1:
        buf_clear(value);
        buf_append(value, avro, sizeof(avro) - 1);
        break;
    case 2:
        buf_clear(value);
        buf_append_str(value,
                       "PHP Warning:  Undefined index: title in EventFactory.php on line 217");
        break;
    default:
        buf_clear(value);
        buf_append_str(value, "<edit wiki=\"enatlas\"><title>Moss gardening</title></edit>");
        break;
    }
}

static void record_make(struct buf *key, struct demo_record *out, enum demo_topic_index topic,
                        const struct demo_edit *edit)
{
    buf_printf(key, "%s:%llu", wiki_of(edit)->name, (unsigned long long)edit->page_id);
    out->topic = demo_topics[topic].name;
    out->partition_hint = -1;
    out->key = buf_slice(key);
    out->is_tombstone = false;
}

/* An edit comes first; its page's creation and its score follow it, as they do in MediaWiki. */
static void change_make(struct demo_feed *feed, int64_t now_ms, struct buf *key, struct buf *value,
                        struct demo_record *out)
{
    edit_next(feed);
    feed->create_is_due = feed->edit.is_new;
    feed->score_is_due = random_below(feed, 5) < 2;
    record_make(key, out, DEMO_RECENTCHANGE, &feed->edit);
    append_change(value, feed, now_ms);
}

static void tombstone_make(struct demo_feed *feed, struct buf *key, struct demo_record *out)
{
    record_make(key, out, DEMO_PAGE_CREATE, &feed->created);
    out->is_tombstone = true;
    feed->has_created = false;
}

void demo_feed_init(struct demo_feed *feed, uint64_t seed)
{
    *feed = (struct demo_feed){.random = seed, .change_id = 41000000, .revision = 900100200};
}

void demo_feed_next(struct demo_feed *feed, int64_t now_ms, struct buf *key, struct buf *value,
                    struct demo_record *out)
{
    buf_clear(key);
    buf_clear(value);
    if (feed->create_is_due) {
        feed->create_is_due = false;
        feed->created = feed->edit;
        feed->has_created = true;
        record_make(key, out, DEMO_PAGE_CREATE, &feed->edit);
        append_create(value, feed, now_ms);
    } else if (feed->score_is_due) {
        feed->score_is_due = false;
        record_make(key, out, DEMO_REVISION_SCORE, &feed->edit);
        append_score(value, feed, now_ms);
    } else if (feed->has_created && one_in(feed, DELETE_ONE_IN)) {
        tombstone_make(feed, key, out);
    } else {
        change_make(feed, now_ms, key, value, out);
    }
    if (!out->is_tombstone && one_in(feed, BROKEN_ONE_IN)) {
        break_value(feed, value);
    }
    out->value = buf_slice(value);
}
