package dev.selvedge.trace.live;

import java.util.List;

/// Those who have to do something before a wait for an object can end.
///
/// @param what the object, in words
/// @param tasks whether it is the end of tasks that is waited for
/// @param any whether one of them suffices, as with the holders of a limit; otherwise all are
///   waited for
/// @param by numbers of threads; negative ones are of tasks that run on none
record Held(String what, boolean tasks, boolean any, List<Long> by) {
  static Held byThread(String what, long thread) {
    return new Held(what, false, false, List.of(thread));
  }
}
