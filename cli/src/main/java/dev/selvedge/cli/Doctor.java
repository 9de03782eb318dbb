package dev.selvedge.cli;

import dev.selvedge.trace.live.CannotAttachException;
import dev.selvedge.trace.live.Deadlock;
import dev.selvedge.trace.live.Deadlocks;
import dev.selvedge.trace.live.Deadlocks.UnownedLock;
import dev.selvedge.trace.live.DumpedThread;
import dev.selvedge.trace.live.RunningJvm;
import dev.selvedge.trace.live.ThreadDump;
import java.io.PrintWriter;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// What `selvedge doctor` does: looks into a JVM and prints what it found.
final class Doctor {
  private static final int MOST_WAITERS = 5;

  /// What was found in a JVM.
  ///
  /// @param pid its process id
  /// @param program what it runs
  /// @param version of its Java runtime
  /// @param threads how many it has
  /// @param virtual how many of them are virtual
  /// @param deadlocks among them
  private record Findings(
      long pid, String program, String version, long threads, long virtual, Deadlocks deadlocks) {}

  private Doctor() {}

  static void look(long pid, boolean json, PrintWriter out) throws CommandFailure {
    Findings findings = examine(pid);
    if (json) {
      out.println(JsonText.of("selvedge.doctor/1", json(findings)));
    } else {
      print(findings, out);
    }
  }

  private static Findings examine(long pid) throws CommandFailure {
    try (RunningJvm jvm = RunningJvm.attach(pid)) {
      ThreadDump dump = jvm.threads();
      return new Findings(
          pid,
          jvm.mainClass(),
          dump.runtimeVersion(),
          dump.threads().count(),
          dump.threads().filter(DumpedThread::virtual).count(),
          jvm.deadlocks(dump));
    } catch (CannotAttachException e) {
      throw CommandFailure.cannotAttach(e);
    }
  }

  // ---- as text --------------------------------------------------------------------------------

  private static void print(Findings findings, PrintWriter out) {
    out.printf(
        "%d %s, JDK %s: %,d threads, %,d of them virtual%n",
        findings.pid(),
        findings.program(),
        findings.version(),
        findings.threads(),
        findings.virtual());
    Deadlocks deadlocks = findings.deadlocks();
    deadlocks.found().forEach(one -> print(one, out));
    if (deadlocks.found().isEmpty()) {
      out.println();
      out.println("No deadlock found.");
    } else {
      if (deadlocks.blockedBehind() > 0) {
        out.printf("%,d more wait for these for ever.%n", deadlocks.blockedBehind());
      }
      out.println(
          "Remedy: take these in the same order everywhere, or give up with tryLock and a"
              + " timeout.");
    }
    print(deadlocks.unknown(), out);
  }

  private static void print(Deadlock deadlock, PrintWriter out) {
    out.println();
    out.println("DEADLOCK: each waits for the next one, and the last one for the first");
    for (Deadlock.Link link : deadlock.links()) {
      out.println("  " + link.thread().title());
      out.println("      waits for " + link.kind().words() + " " + link.object());
      out.println("          at " + link.waitsAt());
      out.println("      held by " + link.holder().title());
      if (!link.heldAt().isEmpty()) {
        out.println("          since " + link.heldAt());
      }
    }
  }

  private static void print(List<UnownedLock> unknown, PrintWriter out) {
    if (unknown.isEmpty()) {
      return;
    }
    out.println();
    out.println("Locks that are waited for, owner unknown:");
    for (UnownedLock lock : unknown) {
      out.println("  " + lock.object());
      lock.waiting().stream()
          .limit(MOST_WAITERS)
          .forEach(
              thread -> {
                out.println("      " + thread.title() + " waits");
                out.println("          at " + thread.place());
              });
      if (lock.waiting().size() > MOST_WAITERS) {
        out.printf("      and %,d more%n", lock.waiting().size() - MOST_WAITERS);
      }
    }
    out.println(
        "Remedy: the JVM does not tell who has a lock of java.util.concurrent unless a platform"
            + " thread waits for it.");
  }

  // ---- as JSON --------------------------------------------------------------------------------

  private static Map<String, Object> json(Findings findings) {
    Map<String, Object> all = new LinkedHashMap<>();
    all.put("pid", findings.pid());
    all.put("program", findings.program());
    all.put("runtimeVersion", findings.version());
    all.put("threads", findings.threads());
    all.put("virtualThreads", findings.virtual());
    all.put("deadlocks", findings.deadlocks().found().stream().map(Doctor::json).toList());
    all.put("blockedBehind", findings.deadlocks().blockedBehind());
    all.put("unknownOwners", findings.deadlocks().unknown().stream().map(Doctor::json).toList());
    return all;
  }

  private static List<Map<String, Object>> json(Deadlock deadlock) {
    return deadlock.links().stream().map(Doctor::json).toList();
  }

  private static Map<String, Object> json(Deadlock.Link link) {
    Map<String, Object> all = json(link.thread());
    all.put("waitsFor", link.object());
    all.put("kind", link.kind().name().toLowerCase(java.util.Locale.ROOT));
    all.put("waitsAt", link.waitsAt());
    all.put("heldBy", link.holder().id());
    all.put("heldAt", link.heldAt());
    return all;
  }

  private static Map<String, Object> json(UnownedLock lock) {
    Map<String, Object> all = new LinkedHashMap<>();
    all.put("lock", lock.object());
    all.put("waiting", lock.waiting().size());
    all.put("first", lock.waiting().stream().limit(MOST_WAITERS).map(Doctor::json).toList());
    return all;
  }

  private static Map<String, Object> json(DumpedThread thread) {
    Map<String, Object> all = new LinkedHashMap<>();
    all.put("thread", thread.id());
    all.put("name", thread.name());
    all.put("virtual", thread.virtual());
    return all;
  }
}
