package dev.selvedge.testkit;

import dev.selvedge.Task;
import dev.selvedge.TaskGroup;
import dev.selvedge.internal.Times;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/// What a schedule did, step by step. Writing it down costs little; it is made readable only when
/// somebody asks.
///
/// ```
///  step   time  1 2 3
///     1    0 s  *        1 'body/group' waits for the tasks of 'body/group'
///     2    0 s  | *      2 'left first' lets others go first
///     3    0 s  | : *    3 'right first' waits for Mutex#1
/// ```
///
/// A star is the lane that made the step, a colon one that could have, a bar one that waited.
final class Recording {
  private static final int FIRST_ROWS = 14;
  private static final int LAST_ROWS = 26;
  private static final int MOST_CHARACTERS = 60; // of all columns

  /// How a step ended, where it is not a blocker that was waited for.
  private enum End {
    YIELDED,
    ENDED
  }

  private final List<Lane> lanes = new ArrayList<>();
  private int steps;
  private int[] chosen = new int[64];
  private int[] candidates = new int[64];
  private long[] times = new long[64];
  private Object[] ends = new Object[64];
  private final Map<Integer, String> notes = new HashMap<>(); // by step
  private volatile @Nullable String disturber;

  private final IdentityHashMap<Object, String> labels = new IdentityHashMap<>();
  private final Map<String, Integer> numbers = new HashMap<>(); // the last one of each kind

  // ---- writing --------------------------------------------------------------------------------

  void appeared(Lane lane) {
    lanes.add(lane);
  }

  /// A step begins.
  ///
  /// @param of how many could have been chosen
  void chosen(Lane lane, int of, long time) {
    if (steps == chosen.length) {
      chosen = Arrays.copyOf(chosen, 2 * steps);
      candidates = Arrays.copyOf(candidates, 2 * steps);
      times = Arrays.copyOf(times, 2 * steps);
      ends = Arrays.copyOf(ends, 2 * steps);
    }
    chosen[steps] = lane.number;
    candidates[steps] = of;
    times[steps] = time;
    ends[steps++] = End.YIELDED;
  }

  /// The lane of the last step waits.
  void waits(Object blocker) {
    ends[steps - 1] = blocker;
  }

  /// The lane of the last step has come to its end.
  void ended() {
    ends[steps - 1] = End.ENDED;
  }

  /// A fault has struck in the step that has just begun.
  void note(String what) {
    notes.merge(steps - 1, what, (one, two) -> one + ", " + two);
  }

  /// A thread that does not belong to the schedule has woken somebody.
  void disturbed(Thread thread) {
    disturber = thread.getName().isEmpty() ? "#" + thread.threadId() : "'" + thread.getName() + "'";
  }

  // ---- reading --------------------------------------------------------------------------------

  /// {@return whether a thread that does not belong to the schedule has woken somebody}
  boolean isDisturbed() {
    return disturber != null;
  }

  /// {@return how many steps there were}
  int steps() {
    return steps;
  }

  /// {@return the lane of the last step}
  Lane last() {
    return lane(chosen[steps - 1]);
  }

  private Lane lane(int number) {
    return lanes.get(number - 1);
  }

  /// {@return the decisions: who was chosen, of how many, and when}
  String trace() {
    StringBuilder trace = new StringBuilder();
    for (int step = 0; step < steps; step++) {
      trace.append(decision(step)).append(' ');
    }
    return trace.toString();
  }

  private String decision(int step) {
    return chosen[step] + "/" + candidates[step] + "@" + times[step];
  }

  /// {@return where another recording of the same seed is different from this one, or null if it is
  /// not}
  @Nullable String difference(Recording other) {
    for (int step = 0; step < Math.max(steps, other.steps); step++) {
      String one = step < steps ? decision(step) : "";
      String two = step < other.steps ? other.decision(step) : "";
      if (!one.equals(two)) {
        return "step "
            + (step + 1)
            + " was "
            + choice(step)
            + " in the first run, and "
            + other.choice(step)
            + " in the second";
      }
    }
    return null;
  }

  private String choice(int step) {
    return step >= steps
        ? "not there"
        : lane(chosen[step]) + " of " + candidates[step] + " that could run at " + time(step);
  }

  private String time(int step) {
    return Times.text(Duration.ofNanos(times[step]));
  }

  /// {@return a name for what somebody waits for, the same in each run of a schedule}
  String label(Object blocker) {
    return switch (blocker) {
      case String described -> described;
      case Task<?> task -> "the task '" + task.path() + "'";
      case TaskGroup group -> "the tasks of '" + group.name() + "'";
      case List<?> tasks -> tasks.size() + " tasks";
      case Thread.State state -> waited(state);
      default ->
          labels.computeIfAbsent(
              blocker, _ -> kind(blocker) + "#" + numbers.merge(kind(blocker), 1, Integer::sum));
    };
  }

  private static String waited(Thread.State state) {
    return switch (state) {
      case BLOCKED -> "a monitor";
      case TIMED_WAITING -> "the real clock";
      default -> "a notification";
    };
  }

  /// {@return the simple name of a class; of a lock, not of what it is made of}
  private static String kind(Object blocker) {
    String name = blocker.getClass().getName();
    name = name.substring(name.lastIndexOf('.') + 1);
    return name.replaceAll("\\$(Nonfair|Fair)?Sync$|\\$\\$Lambda.*|^.*\\$(?=Condition)", "");
  }

  /// {@return the lanes, shortened where there are many steps}
  String lanes() {
    List<int[]> rows = rows();
    Set<Integer> columns = columns(rows);
    Object[] now = new Object[lanes.size() + 1];
    StringBuilder text = new StringBuilder(header(columns));
    int at = 0;
    for (int[] row : rows) {
      boolean shown = isShown(at, rows.size());
      for (int step = row[0]; step <= row[1]; step++) {
        now[chosen[step]] = ends[step];
      }
      if (shown) {
        text.append(line(row, columns, now));
      } else if (isShown(at - 1, rows.size())) {
        text.append("       … ").append(rows.size() - FIRST_ROWS - LAST_ROWS).append(" rows …\n");
      }
      at++;
    }
    return text + (disturber == null ? "" : disturbance());
  }

  /// {@return the lanes that have a column: those that ran last, as many as there is room for}
  private Set<Integer> columns(List<int[]> rows) {
    Set<Integer> columns = new TreeSet<>();
    for (int row = rows.size() - 1; row >= 0; row--) {
      int lane = chosen[rows.get(row)[0]];
      if (isShown(row, rows.size()) && columns.size() < MOST_CHARACTERS / columnWidth()) {
        columns.add(lane);
      }
    }
    return columns;
  }

  private int columnWidth() {
    return 1 + String.valueOf(lanes.size()).length();
  }

  private String column(Object content) {
    return String.format("%" + columnWidth() + "s", content);
  }

  private String disturbance() {
    return "The thread "
        + disturber
        + " has woken a task. It is not part of the schedule, which may not be repeatable for that"
        + " reason.\n";
  }

  private static boolean isShown(int row, int rows) {
    return rows <= FIRST_ROWS + LAST_ROWS || row < FIRST_ROWS || row >= rows - LAST_ROWS;
  }

  /// {@return first and last step of each row: what one lane does without a wait is one}
  private List<int[]> rows() {
    List<int[]> rows = new ArrayList<>();
    for (int step = 0; step < steps; step++) {
      boolean goesOn =
          step > 0
              && chosen[step] == chosen[step - 1]
              && ends[step - 1] == End.YIELDED
              && !notes.containsKey(step);
      if (goesOn) {
        rows.getLast()[1] = step;
      } else {
        rows.add(new int[] {step, step});
      }
    }
    return rows;
  }

  private String header(Set<Integer> columns) {
    StringBuilder text = new StringBuilder("   step        time ");
    columns.forEach(lane -> text.append(column(lane)));
    return text.append('\n').toString();
  }

  private String line(int[] row, Set<Integer> columns, Object[] now) {
    int first = row[0];
    int last = row[1];
    StringBuilder text =
        new StringBuilder(
            "%7s %11s "
                .formatted(first == last ? first + 1 : first + 1 + "-" + (last + 1), time(first)));
    for (int lane : columns) {
      text.append(column(lane == chosen[first] ? '*' : mark(now[lane])));
    }
    Lane lane = lane(chosen[first]);
    text.append("  ").append(lane.number).append(' ').append(lane).append(' ').append(end(last));
    String note = notes.get(first);
    return text.append(note == null ? "" : "  (fault: " + note + ")").append('\n').toString();
  }

  private static char mark(@Nullable Object end) {
    return end == null || end == End.ENDED ? ' ' : end == End.YIELDED ? ':' : '|';
  }

  private String end(int step) {
    Object end = ends[step];
    return end == End.ENDED
        ? "ends"
        : end == End.YIELDED ? "lets others go first" : "waits for " + label(end);
  }
}
