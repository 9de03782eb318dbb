package dev.selvedge.trace.live;

import com.sun.management.HotSpotDiagnosticMXBean;
import com.sun.management.HotSpotDiagnosticMXBean.ThreadDumpFormat;
import com.sun.tools.attach.AttachNotSupportedException;
import com.sun.tools.attach.VirtualMachine;
import dev.selvedge.Stability;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadInfo;
import java.lang.management.ThreadMXBean;
import java.lang.reflect.UndeclaredThrowableException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Properties;
import javax.management.MBeanServerConnection;
import javax.management.remote.JMXConnector;
import javax.management.remote.JMXConnectorFactory;
import javax.management.remote.JMXServiceURL;
import jdk.management.jfr.FlightRecorderMXBean;

/// Another JVM of this machine, attached to by its process id.
///
/// ```java
/// try (RunningJvm jvm = RunningJvm.attach(pid)) {
///   for (Deadlock deadlock : jvm.deadlocks().found()) {
///     System.out.println(deadlock);
///   }
/// }
/// ```
///
/// It uses the JDK's own means: the Attach API starts the local management agent of the other JVM
/// if it does not run yet, and all questions go there. That needs no flag, no agent and no restart,
/// and leaves a few idle threads of the agent behind. Whoever attaches has to be the same user.
///
/// All methods fail with [CannotAttachException] if the process is gone meanwhile. Not thread-safe.
///
/// @since 0.1
@Stability(Stability.Level.EXPERIMENTAL)
public final class RunningJvm implements AutoCloseable {
  /// The first JDK whose dump of threads tells of monitors.
  private static final int OLDEST = 25;

  private final long pid;
  private final Properties system;
  private final JMXConnector connector;
  private final MBeanServerConnection beans;

  private RunningJvm(
      long pid, Properties system, JMXConnector connector, MBeanServerConnection beans) {
    this.pid = pid;
    this.system = system;
    this.connector = connector;
    this.beans = beans;
  }

  /// Attaches to a JVM.
  ///
  /// @param pid its process id
  /// @return the JVM, to be closed
  /// @throws CannotAttachException if there is no such process, it is no JVM of this user, it is
  ///   too old, or it does not let itself be attached to
  public static RunningJvm attach(long pid) throws CannotAttachException {
    TargetProcess target = TargetProcess.of(pid);
    target.checkAttachable();
    try {
      VirtualMachine jvm = VirtualMachine.attach(Long.toString(pid));
      try {
        Properties system = jvm.getSystemProperties();
        checkVersion(pid, system);
        JMXConnector connector = connect(jvm.startLocalManagementAgent());
        return new RunningJvm(pid, system, connector, connector.getMBeanServerConnection());
      } finally {
        jvm.detach();
      }
    } catch (IOException | AttachNotSupportedException | RuntimeException e) {
      throw target.refusal(e);
    }
  }

  @SuppressWarnings("BanJNDI") // the address holds the stub, and nothing is looked up
  private static JMXConnector connect(String address) throws IOException {
    if (!address.startsWith("service:jmx:rmi://127.0.0.1/stub/")) {
      throw new IOException("its management agent has the unusual address " + address);
    }
    return JMXConnectorFactory.connect(new JMXServiceURL(address));
  }

  private static void checkVersion(long pid, Properties system) throws CannotAttachException {
    String version = system.getProperty("java.specification.version", "");
    int feature = version.matches("\\d{1,4}") ? Integer.parseInt(version) : 0;
    if (feature < OLDEST) {
      throw new CannotAttachException(
          "process "
              + pid
              + " runs on Java "
              + Printable.line(version)
              + ", whose dumps do not tell of locks; run it on a JDK "
              + OLDEST
              + " or newer");
    }
  }

  /// {@return the process id}
  public long pid() {
    return pid;
  }

  /// {@return a system property of the JVM, or empty}
  ///
  /// @param name of the property
  public String property(String name) {
    return Printable.line(system.getProperty(name, ""));
  }

  /// {@return what the JVM was told to run: its main class or jar, without arguments}
  public String mainClass() {
    String command = system.getProperty("sun.java.command", "");
    int end = command.indexOf(' ');
    return Printable.line(end < 0 ? command : command.substring(0, end));
  }

  /// Takes a dump of all threads.
  ///
  /// @return the dump
  /// @throws CannotAttachException if the process is gone or cannot write the dump to the folder
  ///   for temporary files
  public ThreadDump threads() throws CannotAttachException {
    try {
      Path folder = Files.createTempDirectory("selvedge");
      Path file = folder.resolve("threads.json");
      try {
        bean("com.sun.management:type=HotSpotDiagnostic", HotSpotDiagnosticMXBean.class)
            .dumpThreads(file.toString(), ThreadDumpFormat.JSON);
        return ThreadDump.read(file);
      } finally {
        Files.deleteIfExists(file);
        Files.delete(folder);
      }
    } catch (IOException | RuntimeException e) {
      throw gone(e);
    }
  }

  /// Finds the deadlocks among all threads. What is found is looked at twice, since a dump shows
  /// each thread at a moment of its own.
  ///
  /// @param dump a dump of this JVM
  /// @return the deadlocks
  /// @throws CannotAttachException if the process is gone
  public Deadlocks deadlocks(ThreadDump dump) throws CannotAttachException {
    Deadlocks first = deadlocksIn(dump);
    if (first.found().isEmpty()) {
      return first;
    }
    Deadlocks confirmed = first.confirmedBy(deadlocksIn(threads()));
    List<Long> threads =
        confirmed.found().stream()
            .flatMap(one -> one.links().stream())
            .map(link -> link.thread().id())
            .toList();
    return ask(bean -> confirmed.running(bean.tasksOn(threads))).orElse(confirmed);
  }

  private Deadlocks deadlocksIn(ThreadDump dump) throws CannotAttachException {
    SelvedgeBean.Holders holders = ask(SelvedgeBean::holders).orElse(SelvedgeBean.Holders.NONE);
    return Deadlocks.in(dump, lockOwners(dump), holders);
  }

  /// {@return whether Selvedge is in this JVM}
  ///
  /// @throws CannotAttachException if the process is gone
  public boolean hasSelvedge() throws CannotAttachException {
    return ask(_ -> true).isPresent();
  }

  /// {@return whether the JVM lets Selvedge tell who has a lock of `java.util.concurrent`}
  ///
  /// @throws CannotAttachException if the process is gone
  public boolean knowsLockOwners() throws CannotAttachException {
    return ask(bean -> bean.holders().ownersKnown()).orElse(false);
  }

  /// Asks for the tasks of this moment.
  ///
  /// @param most how many rows to tell at most
  /// @return the tasks, or empty if Selvedge is not in this JVM
  /// @throws CannotAttachException if the process is gone
  public Optional<TaskTree> tasks(int most) throws CannotAttachException {
    return ask(bean -> bean.tree(most));
  }

  /// Asks why a task is not done.
  ///
  /// @param task its id, its name or its path
  /// @return the chain of waits, or empty if Selvedge is not in this JVM
  /// @throws CannotAttachException if the process is gone
  public Optional<WaitChain> why(String task) throws CannotAttachException {
    return ask(bean -> bean.why(task));
  }

  /// Asks for what should not be.
  ///
  /// @return the problems, or empty if Selvedge is not in this JVM
  /// @throws CannotAttachException if the process is gone
  public Optional<Problems> problems() throws CannotAttachException {
    return ask(SelvedgeBean::problems);
  }

  private interface Question<T> {
    T ask(SelvedgeBean bean) throws IOException;
  }

  private <T> Optional<T> ask(Question<T> question) throws CannotAttachException {
    try {
      Optional<SelvedgeBean> bean = SelvedgeBean.of(beans);
      return bean.isEmpty() ? Optional.empty() : Optional.of(question.ask(bean.get()));
    } catch (IOException | RuntimeException e) {
      throw gone(e);
    }
  }

  /// Asks for the owners of the locks for which platform threads wait. That takes no walk over the
  /// heap, other than asking for the locks that threads have.
  private Map<String, Long> lockOwners(ThreadDump dump) throws CannotAttachException {
    long[] parked =
        dump.threads()
            .filter(thread -> !thread.virtual() && thread.parkedOn() != null)
            .mapToLong(DumpedThread::id)
            .toArray();
    Map<String, Long> owners = new HashMap<>();
    try {
      ThreadMXBean bean = bean(ManagementFactory.THREAD_MXBEAN_NAME, ThreadMXBean.class);
      for (ThreadInfo info : bean.getThreadInfo(parked)) {
        if (info != null && info.getLockOwnerId() > 0 && info.getLockName() != null) {
          owners.put(info.getLockName(), info.getLockOwnerId());
        }
      }
      return owners;
    } catch (IOException | RuntimeException e) {
      throw gone(e);
    }
  }

  /// Has the JVM record what it does, by the JDK's Flight Recorder.
  ///
  /// @param settings what to record: the text of a `.jfc` file
  /// @param file what it writes when the recording is stopped
  /// @return the recording, which runs
  /// @throws CannotAttachException if the process is gone, or has no Flight Recorder
  public JvmRecording record(String settings, Path file) throws CannotAttachException {
    try {
      return JvmRecording.start(
          this, bean(FlightRecorderMXBean.MXBEAN_NAME, FlightRecorderMXBean.class), settings, file);
    } catch (IOException | RuntimeException e) {
      throw gone(e);
    }
  }

  private <T extends java.lang.management.PlatformManagedObject> T bean(String name, Class<T> type)
      throws IOException {
    return ManagementFactory.newPlatformMXBeanProxy(beans, name, type);
  }

  CannotAttachException gone(Exception failure) {
    Throwable cause =
        failure instanceof UndeclaredThrowableException && failure.getCause() != null
            ? failure.getCause()
            : failure;
    return TargetProcess.of(pid).failure(cause);
  }

  @Override
  public void close() {
    try {
      connector.close();
    } catch (IOException e) {
      // the process is gone, and the connection with it
    }
  }
}
