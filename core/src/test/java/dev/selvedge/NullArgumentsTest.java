package dev.selvedge;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.selvedge.spi.Kernel;
import dev.selvedge.sync.Chan;
import dev.selvedge.sync.Event;
import dev.selvedge.sync.Limit;
import dev.selvedge.sync.Mutex;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.lang.reflect.Parameter;
import java.lang.reflect.TypeVariable;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.Predicate;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/// Each method of the API refuses null, where its parameter is not `@Nullable`, at the call and
/// with a message that says what was null. The methods are found by reflection, so a new one is
/// tried as soon as it is there; if it needs an argument or an object that is unknown here, the
/// test says so.
@Timeout(60)
class NullArgumentsTest {
  private final List<String> wrong = new ArrayList<>();
  private int tried;

  /// {@return an object of the API to call methods of}
  private static @Nullable Object object(Class<?> type, Pool pool, TaskGroup group) {
    if (type == ExecutorService.class) {
      return group.asExecutor();
    }
    Schedule schedule = Schedule.manual(Kernel.system());
    List<Object> all =
        List.of(
            pool,
            group,
            pool.submit(() -> 1),
            pool.map(List.of(1), x -> x),
            Tasks.asCompleted(List.of(pool.submit(() -> 1))),
            schedule,
            TaskGroup.Options.DEFAULT,
            ThreadsOptions.DEFAULT,
            Retry.times(2),
            Rate.of(1, Duration.ofSeconds(1)),
            Chan.bounded(1),
            Event.create(),
            Limit.of(1),
            Mutex.create(),
            Kernel.system());
    return all.stream().filter(type::isInstance).findFirst().orElse(null);
  }

  /// {@return an argument that is not null}
  private static @Nullable Object argument(Class<?> type, Pool pool) {
    if (type == int.class) {
      return 1;
    } else if (type == long.class) {
      return 1L;
    } else if (type == double.class) {
      return 1.0;
    } else if (type == boolean.class) {
      return true;
    } else if (type == Object.class) {
      return "object";
    }
    Call<Integer> call = () -> 1;
    Action action = () -> {};
    UnaryOperator<Object> same = x -> x;
    Fn<Object, Object> fn = x -> x;
    Runnable runnable = () -> {};
    Consumer<Object> consumer = x -> {};
    Predicate<Object> predicate = x -> true;
    Executor executor = Runnable::run;
    TaskGroup.Body<Integer> body = g -> 1;
    TaskGroup.VoidBody voidBody = g -> {};
    Results.Consumer<Object, Exception> results = x -> {};
    Retry.Condition condition = failure -> true;
    List<Object> all =
        List.of(
            condition,
            call,
            action,
            same,
            fn,
            runnable,
            consumer,
            predicate,
            executor,
            body,
            voidBody,
            results,
            "name",
            Duration.ofMillis(1),
            Instant.EPOCH,
            TimeUnit.SECONDS,
            List.of(),
            Comparator.naturalOrder(),
            new CompletableFuture<>(),
            new CancelReason.Requested("why"),
            Event.create(),
            pool,
            pool.submit(call),
            Kernel.system(),
            new Task<?>[0],
            ScopedValue.newInstance(),
            new ThreadLocal<>());
    return all.stream().filter(type::isInstance).findFirst().orElse(null);
  }

  private void tryAll(Class<?> type, Pool pool, TaskGroup group) throws Exception {
    for (Method method : type.getMethods()) {
      boolean ours = method.getDeclaringClass().getName().startsWith("dev.selvedge");
      if (method.isBridge() || method.isSynthetic() || !(ours || isOfExecutor(method))) {
        continue;
      }
      if (method.getName().equals("equals")) {
        continue;
      }
      Parameter[] parameters = method.getParameters();
      for (int i = 0; i < parameters.length; i++) {
        if (refusesNull(parameters[i])) {
          tryNull(type, method, i, pool, group);
        }
      }
    }
  }

  private static boolean isOfExecutor(Method method) {
    return Set.of("execute", "submit", "invokeAll", "invokeAny").contains(method.getName());
  }

  private static boolean refusesNull(Parameter parameter) {
    var annotated = parameter.getAnnotatedType();
    return !parameter.getType().isPrimitive()
        && !(annotated.getType() instanceof TypeVariable)
        && !annotated.isAnnotationPresent(Nullable.class);
  }

  private void tryNull(Class<?> type, Method method, int index, Pool pool, TaskGroup group)
      throws Exception {
    String what =
        type.getSimpleName()
            + "."
            + method.getName()
            + Arrays.toString(method.getParameterTypes())
                .replaceAll("(class|interface) [\\w.]*[.]", "")
            + " #"
            + index;
    Object self = Modifier.isStatic(method.getModifiers()) ? null : object(type, pool, group);
    if (self == null && !Modifier.isStatic(method.getModifiers())) {
      wrong.add(what + ": no object known");
      return;
    }
    @Nullable Object[] arguments = new @Nullable Object[method.getParameterCount()];
    for (int i = 0; i < arguments.length; i++) {
      if (i != index) {
        arguments[i] = argument(method.getParameterTypes()[i], pool);
        if (arguments[i] == null) {
          wrong.add(what + ": no argument known for " + method.getParameterTypes()[i]);
          return;
        }
      }
    }
    tried++;
    try {
      method.setAccessible(true);
      method.invoke(self, arguments);
      wrong.add(what + ": accepted");
    } catch (InvocationTargetException e) {
      Throwable thrown = e.getCause();
      String message = thrown == null ? null : thrown.getMessage();
      if (!(thrown instanceof NullPointerException)) {
        wrong.add(what + ": " + thrown);
      } else if (message == null || message.contains("because")) {
        wrong.add(what + ": says " + message);
      }
    }
  }

  @Test
  void nullIsRefusedAtTheCallByName() throws Exception {
    try (Pool pool = Pool.virtual()) {
      TaskGroup.run(
          options -> options.pool(pool),
          group -> {
            for (Class<?> type :
                List.of(
                    Pool.class,
                    TaskGroup.class,
                    TaskGroup.Options.class,
                    ThreadsOptions.class,
                    Task.class,
                    Tasks.class,
                    TaskLocals.class,
                    Results.class,
                    Completions.class,
                    Deadline.class,
                    Schedule.class,
                    Retry.class,
                    Progress.class,
                    Rate.class,
                    Chan.class,
                    Event.class,
                    Limit.class,
                    Mutex.class)) {
              tryAll(type, pool, group);
            }
            tryAll(ExecutorService.class, pool, group);
          });
    }
    assertTrue(tried > 50, "tried " + tried);
    assertEquals("", String.join("\n", wrong));
  }
}
