package dev.selvedge.trace.live;

import dev.selvedge.Stability;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Why a task is not done: it waits for somebody, who waits for somebody else.
///
/// @param matches how many tasks have the name that was asked for; the chain is that of the first
/// @param task its path, or empty if there is no such task
/// @param id its id
/// @param steps the chain, beginning with the task
/// @param circle whether the last one of the chain waits for one that is in it already
/// @param cancelled why it was cancelled: the reason, what led to that, and so on; empty if it was
///   not
/// @param near names of tasks that were perhaps meant, if there is no such task
/// @since 0.1
@Stability(Stability.Level.EXPERIMENTAL)
public record WaitChain(
    long matches,
    String task,
    long id,
    List<Step> steps,
    boolean circle,
    List<String> cancelled,
    List<String> near) {

  /// One of a chain.
  ///
  /// @param who a task, or a thread that runs none
  /// @param state what it does
  /// @param on what it waits for, or empty
  /// @param heldBy who holds that, or empty
  /// @param at where it is, or empty
  /// @since 0.1
  public record Step(String who, String state, String on, String heldBy, String at) {
    private static Step of(Map<?, ?> json) {
      return new Step(
          text(json.get("who")),
          text(json.get("state")),
          text(json.get("on")),
          text(json.get("heldBy")),
          text(json.get("at")));
    }

    private static String text(@Nullable Object value) {
      return Printable.line(Json.text(value));
    }
  }

  static WaitChain of(Map<String, Object> json) {
    return new WaitChain(
        Json.number(json.get("matches")),
        Printable.line(Json.text(json.get("task"))),
        Json.number(json.get("id")),
        Json.objects(json.get("steps")).stream().map(Step::of).toList(),
        Boolean.TRUE.equals(json.get("circle")),
        Json.texts(json.get("cancelled")).stream().map(Printable::line).toList(),
        Json.texts(json.get("near")).stream().map(Printable::line).toList());
  }
}
