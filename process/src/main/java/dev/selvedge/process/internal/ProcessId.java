package dev.selvedge.process.internal;

import java.io.IOException;
import java.time.Instant;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// Who a process is, in one word of shared memory: its pid and when it started, so that a later
/// process with the same pid is another one.
///
/// ```
/// 63            40 39                            3 2     0
/// ┌───────────────┬───────────────────────────────┬───────┐
/// │      pid      │ start, in hundredths of a s   │ flags │
/// └───────────────┴───────────────────────────────┴───────┘
/// ```
///
/// The lowest three bits are zero here; protocols keep their own flags in them, so that one
/// compare-and-set changes owner and flags. Zero is nobody: no process has pid 0.
///
/// **Dead** means that no thread of it will touch memory again. The kernel says so of a killed JVM
/// as soon as all of its threads have begun to exit; its memory is still being taken down then, and
/// its parent hears of its end only some milliseconds later. A stopped process is alive.
///
/// Processes that see different pids (other containers) cannot judge each other's lives.
public final class ProcessId {
  /// The bits that are left to flags.
  public static final long FLAGS = 0b111;

  private static final int PID_SHIFT = 40;
  private static final int START_SHIFT = 3;
  private static final long PID_LIMIT = 1L << (64 - PID_SHIFT);
  private static final long START_MASK = (1L << (PID_SHIFT - START_SHIFT)) - 1;

  private static final @Nullable ProcessStat OWN_STAT = ProcessStat.own();
  private static final long OWN = of(ProcessHandle.current().pid(), ownStart());

  private ProcessId() {}

  /// {@return this process}
  public static long own() {
    return OWN;
  }

  /// {@return the process with a pid that started then, in the unit of this class}
  public static long of(long pid, long start) {
    if (pid <= 0 || pid >= PID_LIMIT) {
      throw new UnsupportedOperationException(
          "the pid "
              + pid
              + " is too large to share locks; set the system's limit below "
              + PID_LIMIT);
    }
    return pid << PID_SHIFT | (start & START_MASK) << START_SHIFT;
  }

  /// {@return a process; if it is gone, one that is dead}
  public static long of(ProcessHandle handle) {
    try {
      return of(
          handle.pid(), OWN_STAT != null ? ProcessStat.of(handle.pid()).start() : startOf(handle));
    } catch (IOException e) {
      return of(handle.pid(), 0);
    }
  }

  /// {@return the pid of a process}
  public static long pid(long id) {
    return id >>> PID_SHIFT;
  }

  /// {@return when a process started}
  public static long start(long id) {
    return id >>> START_SHIFT & START_MASK;
  }

  /// {@return a word without its flags}
  public static long process(long word) {
    return word & ~FLAGS;
  }

  /// {@return whether a process is dead} In doubt it is not. It takes some ten microseconds, except
  /// for this very process.
  ///
  /// @param id the process, flags or not
  public static boolean isDead(long id) {
    if (process(id) == OWN) {
      return false;
    }
    return OWN_STAT != null ? isDeadInProc(id) : isDeadByHandle(id);
  }

  private static boolean isDeadInProc(long id) {
    long pid = pid(id);
    try {
      ProcessStat stat = ProcessStat.of(pid);
      return (stat.start() & START_MASK) != start(id)
          || (stat.isEnding() && ProcessStat.areAllThreadsEnding(pid));
    } catch (IOException e) {
      return ProcessStat.isAbsent(pid);
    }
  }

  private static boolean isDeadByHandle(long id) {
    Optional<ProcessHandle> handle = ProcessHandle.of(pid(id)).filter(ProcessHandle::isAlive);
    return handle.isEmpty() || startOf(handle.get()) != start(id);
  }

  private static long ownStart() {
    return OWN_STAT != null ? OWN_STAT.start() : startOf(ProcessHandle.current());
  }

  private static long startOf(ProcessHandle handle) {
    return handle.info().startInstant().map(Instant::toEpochMilli).orElse(0L) / 10 & START_MASK;
  }

  /// {@return a process as messages name it}
  public static String text(long id) {
    return "process " + pid(id);
  }
}
