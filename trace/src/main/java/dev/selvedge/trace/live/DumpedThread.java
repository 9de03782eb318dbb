package dev.selvedge.trace.live;

import dev.selvedge.Stability;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/// What one thread of another JVM did at the moment of a dump. Objects are named by their class and
/// identity hash code, as in `java.lang.Object@62465c3d`.
///
/// @param id its number, as of [Thread#threadId()]
/// @param name its name, perhaps cut; empty for most virtual threads
/// @param virtual whether it is a virtual thread
/// @param state its state, as of [Thread.State], or empty if the dump does not tell
/// @param blockedOn the object whose monitor it waits to enter
/// @param waitingOn the object whose notification it waits for
/// @param parkedOn what it is parked for
/// @param parkedOwner the number of the thread that owns what it is parked for; 0 if not known
/// @param owned the monitors that it is in
/// @param stack its frames, the innermost first
/// @param task the path of the task that it runs, or empty if that is not known
/// @since 0.1
@Stability(Stability.Level.EXPERIMENTAL)
public record DumpedThread(
    long id,
    String name,
    boolean virtual,
    String state,
    @Nullable String blockedOn,
    @Nullable String waitingOn,
    @Nullable String parkedOn,
    long parkedOwner,
    List<OwnedMonitor> owned,
    List<String> stack,
    String task) {

  /// The modules of the JDK, and our packages, whose module has a version or is not named.
  private static final Pattern LIBRARIES =
      Pattern.compile(
          "(java|jdk)\\.|([^/]*/)?dev\\.selvedge\\.((internal|loop|process|spi|sync)\\.|[A-Z])");

  private static final List<String> WAITING =
      List.of(
          "java.base/java.lang.Object.wait",
          "java.base/java.lang.System$",
          "java.base/java.lang.Thread.sleep",
          "java.base/java.lang.VirtualThread.",
          "java.base/java.util.concurrent.locks.AbstractQueued",
          "java.base/java.util.concurrent.locks.LockSupport.",
          "java.base/jdk.internal.");

  /// A monitor that a thread is in.
  ///
  /// @param object whose monitor
  /// @param depth of the frame that entered it, counted from the innermost one
  /// @since 0.1
  public record OwnedMonitor(String object, int depth) {}

  static final String QUEUED = "QUEUED";

  /// {@return a task that has not started, in the place of a thread}
  static DumpedThread queued(long id, String task) {
    return new DumpedThread(id, "", false, QUEUED, null, null, null, 0, List.of(), List.of(), task);
  }

  /// {@return the same thread, and the task that it runs}
  DumpedThread running(String path) {
    return new DumpedThread(
        id, name, virtual, state, blockedOn, waitingOn, parkedOn, parkedOwner, owned, stack, path);
  }

  /// {@return the thread in a sentence: `virtual thread #23 "left"`}
  public String title() {
    if (state.equals(QUEUED)) {
      return "task '" + task + "', which has not started";
    }
    return (virtual ? "virtual thread #" : "thread #")
        + id
        + (name.isEmpty() ? "" : " \"" + name + "\"")
        + (task.isEmpty() ? "" : ", task '" + task + "'");
  }

  /// {@return where it is: the innermost frame that is neither the JDK's nor Selvedge's; if all
  /// are, the innermost one that is not how the JDK waits}
  public String place() {
    return first(frame -> !isOfLibraries(frame))
        .or(() -> first(frame -> WAITING.stream().noneMatch(frame::startsWith)))
        .or(() -> first(frame -> true))
        .orElse("no Java frame");
  }

  /// {@return the innermost frames, without those in which the JDK waits if there are others}
  List<String> topFrames(int most) {
    List<String> frames =
        stack.stream()
            .dropWhile(frame -> WAITING.stream().anyMatch(frame::startsWith))
            .limit(most)
            .toList();
    return frames.isEmpty() ? stack.stream().limit(most).toList() : frames;
  }

  private Optional<String> first(Predicate<String> which) {
    return stack.stream().filter(which).findFirst();
  }

  /// {@return where a monitor was entered, or empty if this thread is not in it}
  String enteredAt(String monitor) {
    return owned.stream()
        .filter(one -> one.object().equals(monitor))
        .filter(one -> one.depth() >= 0 && one.depth() < stack.size())
        .map(one -> stack.get(one.depth()))
        .findFirst()
        .orElse("");
  }

  /// {@return whether it is in a monitor now} One that it has left in order to wait for a
  /// notification, or waits to enter again after it, is in the dump as well.
  boolean isIn(String monitor) {
    return !monitor.equals(waitingOn)
        && !monitor.equals(blockedOn)
        && owned.stream().anyMatch(one -> one.object().equals(monitor));
  }

  private static boolean isOfLibraries(String frame) {
    return LIBRARIES.matcher(frame).lookingAt();
  }
}
