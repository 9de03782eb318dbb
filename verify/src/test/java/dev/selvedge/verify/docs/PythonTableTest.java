package dev.selvedge.verify.docs;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/// The README's tables "in Python … in Java" have every public name of the Python modules, and what
/// they name in Java exists, where they say it is.
final class PythonTableTest {
  /// The public names of `threading`, `sched`, `queue` and `concurrent.futures`, and what their
  /// main types are used by.
  private static final List<String> PYTHON =
      List.of(
          "threading.Thread join is_alive name ident daemon native_id run start",
          "current_thread main_thread enumerate active_count get_ident get_native_id",
          "excepthook __excepthook__ ExceptHookArgs settrace settrace_all_threads gettrace",
          "setprofile setprofile_all_threads getprofile stack_size TIMEOUT_MAX",
          "threading.local threading.Lock threading.RLock threading.Condition wait wait_for notify",
          "notify_all threading.Semaphore threading.BoundedSemaphore threading.Event",
          "threading.Timer threading.Barrier BrokenBarrierError ThreadError",
          "serialize_iterator synchronized_iterator concurrent_tee",
          "sched.scheduler enter enterabs cancel empty queue",
          "queue.Queue queue.LifoQueue queue.PriorityQueue queue.SimpleQueue queue.Empty"
              + " queue.Full",
          "queue.ShutDown put get put_nowait get_nowait qsize full task_done shutdown",
          "Executor.submit Executor.map Executor.shutdown ThreadPoolExecutor max_workers",
          "thread_name_prefix initializer initargs ProcessPoolExecutor mp_context",
          "max_tasks_per_child terminate_workers kill_workers InterpreterPoolExecutor",
          "Future.cancel Future.cancelled Future.running Future.done Future.result",
          "Future.exception Future.add_done_callback Future.set_result Future.set_exception",
          "Future.set_running_or_notify_cancel ALL_COMPLETED FIRST_COMPLETED FIRST_EXCEPTION",
          "as_completed CancelledError TimeoutError InvalidStateError BrokenExecutor",
          "BrokenThreadPool BrokenProcessPool BrokenInterpreterPool buffersize chunksize timeout",
          "Pool.apply Pool.map Pool.imap Process.terminate Process.kill exitcode Process.sentinel",
          "JoinableQueue SharedMemory ShareableList BaseManager Listener set_start_method",
          "asyncio.run asyncio.create_task asyncio.wait asyncio.sleep call_soon call_later call_at",
          "to_thread run_coroutine_threadsafe open_connection start_server readexactly readuntil",
          "readline drain write_eof start_tls subprocess.run Popen communicate TimeoutExpired");

  private static final List<String> OURS =
      List.of(
          "dev.selvedge.",
          "dev.selvedge.sync.",
          "dev.selvedge.spi.",
          "dev.selvedge.loop.",
          "dev.selvedge.loop.io.",
          "dev.selvedge.process.",
          "dev.selvedge.process.shared.");
  private static final List<String> JDK =
      List.of(
          "java.lang.",
          "java.util.concurrent.",
          "java.util.concurrent.locks.",
          "java.util.concurrent.atomic.",
          "java.util.",
          "java.time.",
          "java.net.",
          "java.nio.channels.");

  private static final Pattern JAVA_NAME =
      Pattern.compile("`([A-Z]\\w*(?:\\.[A-Z]\\w*)*)(?:\\.([a-z]\\w*))?`");

  private final List<String[]> rows =
      Repository.read(Repository.ROOT.resolve("README.md"))
          .lines()
          .dropWhile(line -> !line.startsWith("## In Python"))
          .filter(line -> line.startsWith("| ") && line.chars().filter(c -> c == '|').count() == 4)
          .map(line -> line.split("\\|"))
          .map(cells -> Arrays.stream(cells).skip(1).map(String::strip).toArray(String[]::new))
          .filter(cells -> !cells[0].equals("in Python"))
          .toList();

  @Test
  void hasEveryPublicNameOfThePythonModules() {
    var python = String.join("\n", rows.stream().map(row -> row[0]).toList());
    var missing =
        PYTHON.stream()
            .flatMap(names -> Stream.of(names.split(" ")))
            .filter(
                name ->
                    !Pattern.compile("\\b" + Pattern.quote(name) + "\\b").matcher(python).find())
            .toList();
    assertEquals(List.of(), missing);
  }

  @Test
  void whatItNamesInJavaExists() {
    List<String> missing = new ArrayList<>();
    for (String[] row : rows) {
      JAVA_NAME
          .matcher(row[1])
          .results()
          .filter(name -> !exists(name.group(1), Optional.ofNullable(name.group(2)), row[2]))
          .forEach(name -> missing.add(row[0] + " -> " + name.group() + " of " + row[2]));
    }
    assertEquals(List.of(), missing);
  }

  private static boolean exists(String type, Optional<String> member, String whose) {
    return Stream.of(OURS, JDK)
        .filter(packages -> packages.equals(OURS) ? whose.contains("Selvedge") : true)
        .flatMap(List::stream)
        .flatMap(prefix -> load(prefix + nested(type)).stream())
        .anyMatch(found -> member.isEmpty() || has(found, member.get()));
  }

  private static String nested(String type) {
    return type.replace('.', '$');
  }

  private static Optional<Class<?>> load(String name) {
    try {
      return Optional.of(Class.forName(name));
    } catch (ClassNotFoundException e) {
      return Optional.empty();
    }
  }

  private static boolean has(Class<?> type, String member) {
    return Arrays.stream(type.getMethods()).anyMatch(method -> method.getName().equals(member));
  }
}
