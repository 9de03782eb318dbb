package dev.selvedge.trace.recording;

import java.util.HashMap;
import java.util.Map;
import jdk.jfr.consumer.RecordedEvent;
import jdk.jfr.consumer.RecordedThread;

/// Reads fields of events, however strange: one that is missing, or of another type than expected,
/// is 0, false or the empty text. Each text is kept once, and long ones are cut.
final class EventFields {
  static final int LONGEST_TEXT = 300;
  private final Map<String, String> texts = new HashMap<>();
  private int cut;

  /// {@return how many texts were cut}
  int cut() {
    return cut;
  }

  static long number(RecordedEvent event, String field) {
    return value(event, field) instanceof Number number ? number.longValue() : 0;
  }

  static boolean flag(RecordedEvent event, String field, boolean otherwise) {
    return value(event, field) instanceof Boolean flag ? flag : otherwise;
  }

  String text(RecordedEvent event, String field) {
    return value(event, field) instanceof String text ? kept(text) : "";
  }

  static long start(RecordedEvent event) {
    var start = event.getStartTime();
    return start.getEpochSecond() * 1_000_000_000L + start.getNano();
  }

  /// {@return how long it took; never negative}
  static long duration(RecordedEvent event) {
    return Math.max(0, event.getDuration().toNanos());
  }

  static long thread(RecordedEvent event) {
    RecordedThread thread = event.getThread();
    return thread == null ? 0 : thread.getJavaThreadId();
  }

  String kept(String text) {
    return texts.computeIfAbsent(text.length() <= LONGEST_TEXT ? text : shortened(text), t -> t);
  }

  private String shortened(String text) {
    cut++;
    int end = LONGEST_TEXT - 1;
    return text.substring(0, Character.isHighSurrogate(text.charAt(end - 1)) ? end - 1 : end) + "…";
  }

  private static Object value(RecordedEvent event, String field) {
    if (!event.hasField(field)) {
      return Missing.VALUE;
    }
    Object value = event.getValue(field);
    return value == null ? Missing.VALUE : value;
  }

  /// Neither a number nor a text.
  private enum Missing {
    VALUE
  }
}
