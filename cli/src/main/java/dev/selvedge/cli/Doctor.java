package dev.selvedge.cli;

import dev.selvedge.trace.live.CannotAttachException;
import dev.selvedge.trace.live.Deadlock;
import dev.selvedge.trace.live.Deadlocks;
import dev.selvedge.trace.live.Deadlocks.UnownedLock;
import dev.selvedge.trace.live.DumpedThread;
import dev.selvedge.trace.live.JvmList;
import dev.selvedge.trace.live.Problems;
import dev.selvedge.trace.live.RunningJvm;
import dev.selvedge.trace.live.ThreadDump;
import java.io.PrintWriter;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.locks.LockSupport;

/// What `selvedge doctor` does: looks into a JVM and prints what it found.
final class Doctor {
  private static final int MOST_WAITERS = 5;

  /// What a cancelled task has to end.
  private static final Duration GRACE = Duration.ofSeconds(1);

  private static final Problems NO_PROBLEMS = new Problems(List.of(), List.of());

  /// What was found in a JVM.
  ///
  /// @param pid its process id
  /// @param program what it runs
  /// @param version of its Java runtime
  /// @param threads how many it has
  /// @param virtual how many of them are virtual
  /// @param deadlocks among them
  /// @param problems that only Selvedge knows of
  /// @param selvedge whether it is in that JVM
  private record Findings(
      long pid,
      String program,
      String version,
      long threads,
      long virtual,
      Deadlocks deadlocks,
      Problems problems,
      boolean selvedge) {}

  private Doctor() {}

  /// Says what there is to look into on this machine.
  static void lookAround(boolean json, PrintWriter out) {
    List<JvmList.Jvm> jvms = JvmList.ofThisUser();
    if (json) {
      Map<String, Object> all = new LinkedHashMap<>();
      all.put("jdk", System.getProperty("java.runtime.version"));
      all.put("home", System.getProperty("java.home"));
      all.put("jvms", Ps.json(jvms));
      out.println(JsonText.of("selvedge.doctor/1", all));
      return;
    }
    out.println(
        "this command runs on JDK "
            + System.getProperty("java.runtime.version")
            + " in "
            + System.getProperty("java.home"));
    Ps.lines(jvms).forEach(out::println);
    out.println("'selvedge doctor PID' looks into one of them.");
  }

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
          jvm.deadlocks(dump),
          problems(jvm),
          jvm.hasSelvedge());
    } catch (CannotAttachException e) {
      throw CommandFailure.cannotAttach(e);
    }
  }

  /// Looks at tasks that were cancelled twice, since most of them are about to end.
  private static Problems problems(RunningJvm jvm) throws CannotAttachException {
    Problems first = jvm.problems().orElse(NO_PROBLEMS);
    if (first.cancelled().isEmpty()) {
      return first;
    }
    LockSupport.parkNanos(GRACE.toNanos());
    Problems second = jvm.problems().orElse(NO_PROBLEMS);
    return new Problems(second.leaked(), second.stillRunningSince(first));
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
    print(deadlocks.unknown(), findings.selvedge(), out);
    print(findings.problems(), out);
  }

  private static void print(Deadlock deadlock, PrintWriter out) {
    out.println();
    out.println("DEADLOCK: each waits for the next one, and the last one for the first");
    for (Deadlock.Link link : deadlock.links()) {
      out.println("  " + link.thread().title());
      out.println("      waits for " + link.kind().article() + link.what());
      if (!link.waitsAt().isEmpty()) {
        out.println("          at " + link.waitsAt());
      }
      out.println("      " + link.kind().relation() + " " + link.holder().title());
      if (!link.heldAt().isEmpty()) {
        out.println("          since " + link.heldAt());
      }
    }
  }

  private static void print(List<UnownedLock> unknown, boolean selvedge, PrintWriter out) {
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
        selvedge
            ? "Remedy: start it with --add-opens java.base/java.util.concurrent.locks=dev.selvedge"
                + " (or =ALL-UNNAMED, if Selvedge is on the class path); 'selvedge run' does."
            : "Remedy: the JVM tells who has a lock of java.util.concurrent only if a platform"
                + " thread waits for it.");
  }

  private static void print(Problems problems, PrintWriter out) {
    for (Problems.LeakedGroup leaked : problems.leaked()) {
      out.println();
      out.printf(
          "The group '%s' is open, but its thread '%s' has ended; %,d of its tasks %s not done.%n",
          leaked.group(), leaked.owner(), leaked.tasks(), leaked.tasks() == 1 ? "is" : "are");
      out.println("Remedy: close it, by try (…) or by TaskGroup.run, which cannot forget it.");
    }
    for (Problems.CancelledTask task : problems.cancelled()) {
      out.println();
      out.printf(
          "The task '%s' #%d was cancelled and still runs: %s%n",
          task.task(), task.id(), task.why());
      if (!task.at().isEmpty()) {
        out.println("    at " + task.at());
      }
      out.println(
          "Remedy: let it end when it is interrupted, and look at Thread.interrupted() in loops.");
    }
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
    all.put("leakedGroups", findings.problems().leaked().stream().map(Doctor::json).toList());
    all.put(
        "ignoredCancellations",
        findings.problems().cancelled().stream().map(Doctor::json).toList());
    return all;
  }

  private static Map<String, Object> json(Problems.LeakedGroup group) {
    Map<String, Object> all = new LinkedHashMap<>();
    all.put("group", group.group());
    all.put("owner", group.owner());
    all.put("tasks", group.tasks());
    return all;
  }

  private static Map<String, Object> json(Problems.CancelledTask task) {
    Map<String, Object> all = new LinkedHashMap<>();
    all.put("task", task.task());
    all.put("id", task.id());
    all.put("why", task.why());
    all.put("at", task.at());
    return all;
  }

  private static List<Map<String, Object>> json(Deadlock deadlock) {
    return deadlock.links().stream().map(Doctor::json).toList();
  }

  private static Map<String, Object> json(Deadlock.Link link) {
    Map<String, Object> all = json(link.thread());
    all.put("waitsFor", link.what());
    all.put("kind", link.kind().name().toLowerCase(Locale.ROOT));
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
    all.put("task", thread.task());
    return all;
  }
}
