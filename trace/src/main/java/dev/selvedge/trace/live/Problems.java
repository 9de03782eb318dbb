package dev.selvedge.trace.live;

import dev.selvedge.Stability;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;

/// What should not be in a program: groups that nobody will close, and tasks that were cancelled
/// and still run.
///
/// @param leaked the groups
/// @param cancelled the tasks
/// @since 0.1
@Stability(Stability.Level.EXPERIMENTAL)
public record Problems(List<LeakedGroup> leaked, List<CancelledTask> cancelled) {

  /// A group whose owner has ended.
  ///
  /// @param group its path
  /// @param owner the thread that opened it
  /// @param tasks how many of its tasks are not done
  /// @since 0.1
  public record LeakedGroup(String group, String owner, long tasks) {}

  /// A task that was cancelled and still runs.
  ///
  /// @param id its id
  /// @param task its path
  /// @param why it was cancelled
  /// @param at where it is
  /// @since 0.1
  public record CancelledTask(long id, String task, String why, String at) {}

  /// {@return the tasks that were cancelled before an earlier look already}
  ///
  /// @param earlier what was seen then
  public List<CancelledTask> stillRunningSince(Problems earlier) {
    Set<Long> before =
        earlier.cancelled.stream().map(CancelledTask::id).collect(Collectors.toSet());
    return cancelled.stream().filter(task -> before.contains(task.id())).toList();
  }

  static Problems of(Map<String, Object> json) {
    return new Problems(
        Json.objects(json.get("leaked")).stream()
            .map(
                one ->
                    new LeakedGroup(
                        Printable.line(Json.text(one.get("group"))),
                        Printable.line(Json.text(one.get("owner"))),
                        Json.number(one.get("tasks"))))
            .toList(),
        Json.objects(json.get("cancelled")).stream()
            .map(
                one ->
                    new CancelledTask(
                        Json.number(one.get("id")),
                        Printable.line(Json.text(one.get("task"))),
                        Printable.line(Json.text(one.get("why"))),
                        Printable.line(Json.text(one.get("at")))))
            .toList());
  }
}
