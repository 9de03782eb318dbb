package dev.selvedge.trace.live;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// What can be known of a process before one attaches to it, and why it did not work.
///
/// Attaching to a HotSpot JVM sends a signal that ends other programs, or makes a JVM print all its
/// threads if it was told not to be attached to. So whatever can be known is looked at before.
///
/// @param pid its id
/// @param alive whether there is such a process
/// @param user whose it is, if known
/// @param me the user who attaches
/// @param mapped the files that it has mapped, or null if that cannot be known
/// @param arguments its command line, empty if that cannot be known
record TargetProcess(
    long pid,
    boolean alive,
    Optional<String> user,
    String me,
    @Nullable List<String> mapped,
    List<String> arguments) {

  static TargetProcess of(long pid) {
    Optional<ProcessHandle> handle = ProcessHandle.of(pid).filter(ProcessHandle::isAlive);
    return new TargetProcess(
        pid,
        handle.isPresent(),
        handle.flatMap(process -> process.info().user()),
        ProcessHandle.current().info().user().orElseGet(() -> System.getProperty("user.name")),
        lines("/proc/" + pid + "/maps", "\n"),
        Optional.ofNullable(lines("/proc/" + pid + "/cmdline", "\0")).orElse(List.of()));
  }

  private static @Nullable List<String> lines(String file, String separator) {
    try {
      String text = Files.readString(Path.of(file), StandardCharsets.ISO_8859_1);
      return text.isEmpty() ? null : List.of(text.split(separator, -1));
    } catch (IOException e) {
      return null; // another user's, or another system, which has no such files
    }
  }

  /// @throws CannotAttachException if attaching cannot work
  void checkAttachable() throws CannotAttachException {
    if (!alive) {
      throw new CannotAttachException("there is no process " + pid + "; " + FIND_IT);
    }
    if (pid == ProcessHandle.current().pid()) {
      throw new CannotAttachException("process " + pid + " is this command itself; " + FIND_IT);
    }
    if (isForeign()) {
      throw foreign();
    }
    if (mapped != null && mapped.stream().noneMatch(file -> file.contains("libjvm"))) {
      throw new CannotAttachException("process " + pid + " is not a JVM; " + FIND_IT);
    }
    if (arguments.contains("-XX:+DisableAttachMechanism")) {
      throw disabled();
    }
  }

  /// {@return whether it is known to be a JVM}
  boolean isKnownAsJvm() {
    return mapped != null && mapped.stream().anyMatch(file -> file.contains("libjvm"));
  }

  /// {@return whether it has ended meanwhile}
  boolean hasEnded() {
    return ProcessHandle.of(pid).filter(ProcessHandle::isAlive).isEmpty();
  }

  private static final String FIND_IT = "'selvedge ps' lists the JVMs of this user";

  private boolean isForeign() {
    return user.isPresent() && !user.get().equals(me) && !me.equals("root");
  }

  private CannotAttachException foreign() {
    String owner = Printable.line(user.orElse("another user"));
    return new CannotAttachException(
        "process "
            + pid
            + " belongs to the user "
            + owner
            + ", not to "
            + Printable.line(me)
            + "; run this as that user, for instance with 'sudo -u "
            + owner
            + "'");
  }

  private CannotAttachException disabled() {
    return new CannotAttachException(
        "process "
            + pid
            + " was started with -XX:+DisableAttachMechanism; start it without that flag");
  }

  /// {@return why attaching failed}
  CannotAttachException refusal(Exception failure) {
    String said = String.valueOf(failure.getMessage());
    if (hasEnded()) {
      return failure(failure);
    }
    if (said.contains("does not support the attach mechanism")) {
      return disabled();
    }
    if (said.contains("well-known file is not secure") || said.contains("Permission denied")) {
      return foreign();
    }
    if (said.contains("not ready to participate")) { // what the JDK says of other programs, too
      return new CannotAttachException(
          "process " + pid + " is not a JVM, or has only just started; " + FIND_IT, failure);
    }
    if (said.contains("doesn't respond")) {
      return new CannotAttachException(
          "process "
              + pid
              + " does not answer; if it was stopped, let it go on with 'kill -CONT "
              + pid
              + "'",
          failure);
    }
    return failure(failure);
  }

  /// {@return why a question was not answered}
  CannotAttachException failure(Throwable failure) {
    return hasEnded()
        ? new CannotAttachException("process " + pid + " has ended meanwhile", failure)
        : new CannotAttachException(
            "process "
                + pid
                + " cannot be looked into: "
                + Printable.line(String.valueOf(failure.getMessage()))
                + "; try again",
            failure);
  }
}
