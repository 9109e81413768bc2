/*
 * Writes the messages as Jira Cloud writes them, about a project and an account that the demo company knows.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "jira.h"
#include "crypto/crypto.h"

enum { BODY_BYTES_MAX = 1 << 16 };

static const char account[] =
    "{\"self\":\"https://skyline.example/jira/rest/api/2/"
    "user?accountId=557058%3A6f0c1a52-2f7e-4d0b-9a44-3b1de1c0a102\","
    "\"accountId\":\"557058:6f0c1a52-2f7e-4d0b-9a44-3b1de1c0a102\","
    "\"avatarUrls\":{\"48x48\":\"https://skyline.example/jira/avatar/48x48.png\"},\"displayName\":\"Liu Siyuan\","
    "\"active\":true,\"timeZone\":\"Asia/Shanghai\",\"accountType\":\"atlassian\"}";

static const char under_way[] =
    "{\"self\":\"https://skyline.example/jira/rest/api/2/status/10002\",\"description\":\"\","
    "\"iconUrl\":\"https://skyline.example/jira/images/icons/statuses/inprogress.png\",\"name\":\"In Progress\","
    "\"id\":\"10002\",\"statusCategory\":{\"self\":\"https://skyline.example/jira/rest/api/2/statuscategory/4\","
    "\"id\":4,\"key\":\"indeterminate\",\"colorName\":\"yellow\",\"name\":\"In Progress\"}}";

static const char done[] =
    "{\"self\":\"https://skyline.example/jira/rest/api/2/status/10003\",\"description\":\"\","
    "\"iconUrl\":\"https://skyline.example/jira/images/icons/statuses/generic.png\",\"name\":\"Done\","
    "\"id\":\"10003\",\"statusCategory\":{\"self\":\"https://skyline.example/jira/rest/api/2/statuscategory/3\","
    "\"id\":3,\"key\":\"done\",\"colorName\":\"green\",\"name\":\"Done\"}}";

static const char fields_of_every_issue[] =
    "\"issuetype\":{\"self\":\"https://skyline.example/jira/rest/api/2/issuetype/10002\",\"id\":\"10002\","
    "\"description\":\"A piece of work.\",\"iconUrl\":\"https://skyline.example/jira/images/icons/task.svg\","
    "\"name\":\"Task\",\"subtask\":false,\"avatarId\":10318,\"hierarchyLevel\":0},\"timespent\":null,"
    "\"project\":{\"self\":\"https://skyline.example/jira/rest/api/2/project/10001\",\"id\":\"10001\",\"key\":\"DTF\","
    "\"name\":\"双12年终盛典 Double 12 Festival\",\"projectTypeKey\":\"software\",\"simplified\":false},"
    "\"fixVersions\":[],\"customfield_10200\":1.0,\"created\":\"2026-10-12T02:15:08.000+0000\","
    "\"updated\":\"2026-11-20T02:15:08.000+0000\",\"duedate\":\"2026-12-31\",\"priority\":{\"self\":"
    "\"https://skyline.example/jira/rest/api/2/priority/3\",\"iconUrl\":"
    "\"https://skyline.example/jira/images/icons/priorities/medium.svg\",\"name\":\"Medium\",\"id\":\"3\"},"
    "\"labels\":[\"campaign\",\"bench\"],\"timeoriginalestimate\":28800,\"versions\":[],\"issuelinks\":[],"
    "\"components\":[],\"description\":\"Flyers, shelf signs and the screens at the tills, in both languages.\","
    "\"attachment\":[],\"comment\":{\"comments\":[],\"maxResults\":0,\"total\":0,\"startAt\":0},\"subtasks\":[]";

static const char moved[] =
    ",\"changelog\":{\"id\":\"10999\",\"items\":[{\"field\":\"resolution\",\"fieldtype\":\"jira\",\"fieldId\":"
    "\"resolution\",\"from\":null,\"fromString\":null,\"to\":\"10000\",\"toString\":\"Done\"},{\"field\":\"status\","
    "\"fieldtype\":\"jira\",\"fieldId\":\"status\",\"from\":\"10002\",\"fromString\":\"In Progress\",\"to\":\"10003\","
    "\"toString\":\"Done\"}]}";

static void request(struct buf *out, int n, const char *event, const char *status, const char *change)
{
    CLEANUP(buf_release) struct buf body = {0}, extra = {0};
    uint8_t mac[HASH_BYTES];
    buf_init(&body, BODY_BYTES_MAX);
    buf_init(&extra, 1000);
    buf_addf(&body,
             "{\"timestamp\":%lld,\"webhookEvent\":\"%s\",\"issue_event_type_name\":\"issue_generic\",\"user\":%s,"
             "\"issue\":{\"id\":\"9%07d\",\"self\":\"https://skyline.example/jira/rest/api/2/issue/9%07d\","
             "\"key\":\"BENCH-%d\",\"fields\":{%s,\"assignee\":%s,\"reporter\":%s,\"status\":%s,"
             "\"summary\":\"Campaign %d in the shops\"}}%s}",
             (long long)clock_now_ms(), event, account, n, n, n, fields_of_every_issue, account, account, status, n,
             change);
    hmac_sha256(STR(JIRA_SECRET), buf_str(&body), mac);
    buf_addf(&extra, "X-Atlassian-Webhook-Identifier: %s-%d\r\nX-Hub-Signature: sha256=", status == done ? "d" : "s",
             n);
    for (size_t i = 0; i < sizeof(mac); i++)
        buf_addf(&extra, "%02x", mac[i]);
    buf_add_cstr(&extra, "\r\n");
    bench_request(out, "POST", STR("/hooks/jira"), STR_NULL, extra.ptr, buf_str(&body));
}

void jira_started(struct buf *out, int n)
{
    request(out, n, "jira:issue_created", under_way, "");
}

void jira_done(struct buf *out, int n)
{
    request(out, n, "jira:issue_updated", done, moved);
}
