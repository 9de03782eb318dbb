package dev.selvedge.trace.live;

import com.sun.tools.attach.AttachNotSupportedException;
import com.sun.tools.attach.VirtualMachine;
import com.sun.tools.attach.VirtualMachineDescriptor;
import dev.selvedge.Stability;
import java.io.File;
import java.io.IOException;
import java.util.List;
import java.util.Optional;
import java.util.Properties;
import java.util.TreeSet;
import java.util.stream.Stream;

/// The JVMs of this user that run on this machine.
///
/// ```java
/// JvmList.ofThisUser().forEach(System.out::println);
/// ```
///
/// @since 0.1
@Stability(Stability.Level.EXPERIMENTAL)
public final class JvmList {
  private JvmList() {}

  /// One of them.
  ///
  /// @param pid its process id
  /// @param program its main class or jar, without arguments; empty if that cannot be known
  /// @param version of its Java runtime; empty if that cannot be known
  /// @param selvedge whether Selvedge is on its class path or module path
  /// @param problem why it cannot be looked into, or empty
  /// @since 0.1
  public record Jvm(long pid, String program, String version, boolean selvedge, String problem) {}

  /// {@return the JVMs of this user but for this one, in the order of their process ids} Each is
  /// asked for its properties only, and left as it is.
  public static List<Jvm> ofThisUser() {
    var pids = new TreeSet<Long>();
    VirtualMachine.list().stream()
        .map(VirtualMachineDescriptor::id)
        .filter(id -> id.matches("\\d{1,18}"))
        .map(Long::valueOf)
        .forEach(pids::add);
    withoutPerfData().forEach(pids::add);
    pids.remove(ProcessHandle.current().pid());
    return pids.stream().flatMap(pid -> look(pid).stream()).toList();
  }

  /// {@return JVMs that were told not to show themselves, as worker processes are}
  private static Stream<Long> withoutPerfData() {
    Optional<String> me = ProcessHandle.current().info().user();
    return ProcessHandle.allProcesses()
        .filter(process -> process.info().user().equals(me))
        .map(ProcessHandle::pid)
        .filter(pid -> TargetProcess.of(pid).isKnownAsJvm());
  }

  private static Optional<Jvm> look(long pid) {
    TargetProcess target = TargetProcess.of(pid);
    try {
      target.checkAttachable();
      VirtualMachine jvm = VirtualMachine.attach(Long.toString(pid));
      try {
        return Optional.of(of(pid, jvm.getSystemProperties()));
      } finally {
        jvm.detach();
      }
    } catch (IOException | AttachNotSupportedException | RuntimeException e) {
      return unless(target, target.refusal(e));
    } catch (CannotAttachException e) {
      return unless(target, e);
    }
  }

  private static Optional<Jvm> unless(TargetProcess target, CannotAttachException why) {
    return target.hasEnded()
        ? Optional.empty()
        : Optional.of(new Jvm(target.pid(), "", "", false, String.valueOf(why.getMessage())));
  }

  private static Jvm of(long pid, Properties system) {
    String command = system.getProperty("sun.java.command", "");
    int end = command.indexOf(' ');
    return new Jvm(
        pid,
        Printable.line(end < 0 ? command : command.substring(0, end)),
        Printable.line(system.getProperty("java.runtime.version", "")),
        Stream.of("java.class.path", "jdk.module.path")
            .flatMap(name -> Stream.of(system.getProperty(name, "").split(File.pathSeparator, -1)))
            .anyMatch(JvmList::hasSelvedge),
        "");
  }

  /// {@return whether an entry of a path is Selvedge's jar, or a folder with that or its classes}
  private static boolean hasSelvedge(String entry) {
    if (entry.isEmpty() || entry.contains("selvedge-core")) {
      return !entry.isEmpty();
    }
    File folder = new File(entry);
    String[] jars = folder.list((_, name) -> name.startsWith("selvedge-core"));
    return (jars != null && jars.length > 0)
        || new File(folder, "dev/selvedge/Task.class").exists();
  }
}
