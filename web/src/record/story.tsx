/*
 * The story of a record: what led to it and what came of it, over all records and systems, as a timeline.
 * SPDX-License-Identifier: Apache-2.0
 */
import { useText } from "@/i18n";
import { formatLag } from "@/lib/format";
import { useStory } from "@/api/records";
import type { StoryEvent } from "@/api/types";
import { AppLink, recordHref } from "@/ui/link";
import { Empty, Fault, Loading } from "@/ui/states";
import { Moment, Tag, Words } from "@/ui/words";
import { hasPages, useCatalog } from "@/record/catalog";
import { StateMove, StateTag } from "@/record/field-value";
import { PersonName } from "@/record/history-list";
import { Source } from "@/record/source";

function What({ event }: { event: StoryEvent }) {
  const { t, has } = useText();
  const { type: typeOf } = useCatalog();
  const type = event.subject ? typeOf(event.subject.type) : undefined;
  const key = event.type.replace(/\./g, "_");
  return (
    <span className="row">
      {type && (
        <strong>
          <Words label={type.label} fallback={event.subject?.type} />
        </strong>
      )}
      {event.transition && type ? <Words label={type?.transitions[event.transition]?.label} fallback={event.transition} /> : has(`event.${key}`) ? <span>{t(`event.${key}`)}</span> : <code>{event.type}</code>}
      {type && <StateMove type={type} before={event.state_before} after={event.state_after} />}
      {!type && <span className="muted">{t("story.hidden")}</span>}
      {type && event.state_after && (!event.state_before || event.state_before === event.state_after) && <StateTag type={type} state={event.state_after} />}
      {event.here && <Tag color="purple">{t("story.here")}</Tag>}
    </span>
  );
}

function Item({ event, cause }: { event: StoryEvent; cause: StoryEvent | undefined }) {
  const { t, lang } = useText();
  const { type: typeOf } = useCatalog();
  const { subject } = event;
  return (
    <li className={event.here ? "here" : undefined} aria-current={event.here ? "true" : undefined} data-event={event.id}>
      <div className="event" data-record={subject ? `${subject.type}/${subject.id}` : undefined}>
        <div className="event-time">
          <Moment value={event.at} millis />
          {event.cause !== null && event.lag_ms !== null && event.lag_ms !== undefined && (
            <span className="lag">
              {formatLag(event.lag_ms, lang)}
              {cause?.subject?.number ? ` ${t("story.after", { number: cause.subject.number })}` : ""}
            </span>
          )}
        </div>
        <div className="event-what">
          <What event={event} />
          {subject && (
            <span className="event-subject">
              {subject.number && <span className="number">{subject.number} </span>}
              {hasPages(typeOf(subject.type)) ? <AppLink href={`${recordHref(subject.type, subject.id)}?tab=story`}>{(subject.title !== subject.id && subject.title) || subject.number || t("story.open")}</AppLink> : <span>{subject.title}</span>}
            </span>
          )}
          <span className="event-by row">
            <PersonName person={event.actor} />
            <Source value={event.source} />
          </span>
        </div>
      </div>
    </li>
  );
}

export function Story({ type, id }: { type: string; id: string }) {
  const { t } = useText();
  const { data, error, refetch } = useStory(type, id);
  if (error) return <Fault error={error} onRetry={() => void refetch()} />;
  if (!data) return <Loading />;
  if (!data.events.length) return <Empty>{t("story.none")}</Empty>;
  const byId = new Map(data.events.map((event) => [event.id, event]));
  return (
    <>
      <p className="muted small form-group">{t("story.text")}</p>
      <ol className="timeline" aria-label={t("record.tab_story")}>
        {data.events.map((event) => (
          <Item key={event.id} event={event} cause={event.cause ? byId.get(event.cause) : undefined} />
        ))}
      </ol>
    </>
  );
}
