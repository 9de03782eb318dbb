package dev.selvedge.internal;

import dev.selvedge.Call;
import dev.selvedge.CancelReason;
import dev.selvedge.Fn;
import dev.selvedge.Outcome;
import dev.selvedge.Results;
import dev.selvedge.Task;
import dev.selvedge.TaskCancelledException;
import dev.selvedge.TaskFailedException;
import dev.selvedge.spi.Kernel;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.IdentityHashMap;
import java.util.Iterator;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.Objects;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeoutException;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/// A function over many inputs, with a window: what is behind `map` and `asCompleted`.
///
/// The window holds the elements that were started and not returned. The consumer's thread fills it
/// before it waits; in order not to switch between the two at each element, it fills when a quarter
/// of the window is free, or nothing is left to return.
public final class Mapping<
        A extends @Nullable Object, T extends @Nullable Object, R extends @Nullable Object>
    implements Results<R> {

  /// Starts an element.
  @FunctionalInterface
  public interface Starter {
    /// Starts a call under a name, or without one.
    <T extends @Nullable Object> Task<T> start(@Nullable String name, Call<T> call);
  }

  /// An input that was read.
  private record Input<A extends @Nullable Object>(A value) {}

  /// An element that was started.
  private record Element<A extends @Nullable Object, T extends @Nullable Object>(
      A input, Task<T> task) {}

  /// How an element that is done becomes a result.
  @FunctionalInterface
  private interface Finish<
      A extends @Nullable Object, T extends @Nullable Object, R extends @Nullable Object> {
    R result(Element<A, T> element) throws InterruptedException, TaskFailedException;
  }

  private final String name;
  private final Iterator<? extends A> inputs;
  private final Fn<? super A, ? extends T> fn;
  private final int window;
  private final Starter starter;
  private final Finish<A, T, R> finish;
  private final boolean inOrder;
  private final ArrayDeque<Element<A, T>> unread = new ArrayDeque<>();
  private final DoneQueue<Task<T>> done = new DoneQueue<>(); // unused if in order
  private final Helper helper = new Helper(); // unused if in order
  private final IdentityHashMap<Task<T>, Element<A, T>> byTask = new IdentityHashMap<>();
  private @Nullable Input<A> refused; // read, but the pool had no room
  private @Nullable Throwable unreadable; // thrown by the inputs and not yet by next()
  private boolean broken; // whether the inputs have thrown; nothing is read after that
  private boolean closed;

  private Mapping(
      String name,
      Iterable<? extends A> inputs,
      Fn<? super A, ? extends T> fn,
      int window,
      Starter starter,
      boolean inOrder,
      Finish<A, T, R> finish) {
    this.name = name;
    this.fn = Objects.requireNonNull(fn, "fn");
    this.inputs = Objects.requireNonNull(inputs, "inputs").iterator();
    this.window = window;
    this.starter = starter;
    this.inOrder = inOrder;
    this.finish = finish;
    fill();
  }

  /// {@return the results in the order of the inputs}
  public static <A extends @Nullable Object, R extends @Nullable Object> Results<R> ordered(
      String name,
      Iterable<? extends A> inputs,
      Fn<? super A, ? extends R> fn,
      int window,
      Starter starter) {
    return new Mapping<A, R, R>(
        name, inputs, fn, window, starter, true, element -> element.task().await());
  }

  /// {@return the outcomes in the order in which the elements are done}
  public static <A extends @Nullable Object, R extends @Nullable Object>
      Results<Outcome<A, R>> asCompleted(
          String name,
          Iterable<? extends A> inputs,
          Fn<? super A, ? extends R> fn,
          int window,
          Starter starter) {
    return new Mapping<A, R, Outcome<A, R>>(
        name, inputs, fn, window, starter, false, Mapping::outcome);
  }

  /// {@return the outcomes in the order of the inputs}
  public static <A extends @Nullable Object, R extends @Nullable Object>
      Results<Outcome<A, R>> outcomesInOrder(
          String name,
          Iterable<? extends A> inputs,
          Fn<? super A, ? extends R> fn,
          int window,
          Starter starter) {
    return new Mapping<A, R, Outcome<A, R>>(
        name, inputs, fn, window, starter, true, Mapping::outcome);
  }

  private static <A extends @Nullable Object, R extends @Nullable Object> Outcome<A, R> outcome(
      Element<A, R> element) throws InterruptedException {
    try {
      return new Outcome.Success<>(element.input(), element.task().await());
    } catch (TaskFailedException e) {
      return new Outcome.Failure<>(element.input(), e.getCause());
    } catch (TaskCancelledException e) {
      return new Outcome.Cancelled<>(element.input(), e.reason());
    }
  }

  private int size() {
    return inOrder ? unread.size() : byTask.size();
  }

  private void fill() {
    if (size() > 0 && size() > window - Math.max(1, window / 4)) {
      return;
    }
    while (!closed && size() < window) {
      Input<A> input = refused != null ? refused : read();
      if (input == null) {
        return;
      }
      try {
        start(input.value());
        refused = null;
      } catch (RejectedExecutionException full) {
        refused = input;
        if (size() == 0) {
          throw full;
        }
        return; // it gets its turn when something of ours is done
      }
    }
  }

  /// Reads an input. What the iterator throws comes out of [#next()] in its place, behind the
  /// results before it; thrown here, while a window is being filled, it would leave what was
  /// started to nobody.
  private @Nullable Input<A> read() {
    if (broken) {
      return null;
    }
    try {
      return inputs.hasNext() ? new Input<>(inputs.next()) : null;
    } catch (Throwable thrown) {
      broken = true;
      unreadable = thrown;
      return null;
    }
  }

  /// The function for one input; a class of its own so that [Place] finds the function.
  public record Application<A extends @Nullable Object, T extends @Nullable Object>(
      Fn<? super A, ? extends T> fn, A input) implements Call<T> {
    @Override
    public T call() throws Exception {
      return fn.apply(input);
    }
  }

  private void start(A input) {
    Task<T> task = starter.start(null, new Application<A, T>(fn, input));
    Element<A, T> element = new Element<>(input, task);
    if (inOrder) {
      unread.add(element);
    } else {
      byTask.put(task, element);
      helper.add(task);
      task.onDone(done::add);
    }
  }

  @Override
  public boolean hasNext() {
    fill();
    return size() > 0 || (unreadable != null && !closed);
  }

  @Override
  public R next() throws InterruptedException, TaskFailedException {
    if (!hasNext()) {
      throw new NoSuchElementException(
          closed ? "'" + name + "' is closed" : "'" + name + "' has no further element");
    }
    if (size() == 0) {
      Throwable thrown = Objects.requireNonNull(unreadable);
      unreadable = null;
      throw Mapping.<RuntimeException>sneaky(thrown);
    }
    if (inOrder) {
      Element<A, T> first = unread.element();
      first.task().join(); // the element stays if this is interrupted
      unread.remove();
      return finish.result(first);
    }
    return finish.result(Objects.requireNonNull(byTask.remove(done.take(helper))));
  }

  /// Throws what an iterator has thrown as it is: unchecked, unless the iterator cheats.
  @SuppressWarnings({"unchecked", "TypeParameterUnusedInFormals"})
  public static <X extends Throwable> X sneaky(Throwable thrown) throws X {
    throw (X) thrown;
  }

  @Override
  public void close() {
    if (closed) {
      return;
    }
    closed = true;
    List<Task<T>> started = new ArrayList<>(byTask.keySet());
    unread.forEach(element -> started.add(element.task()));
    unread.clear();
    byTask.clear();
    stop(started, new CancelReason.ScopeClosed(name));
  }

  /// Cancels tasks and waits until they have stopped, through interrupts.
  public static void stop(Collection<? extends Task<?>> tasks, CancelReason why) {
    boolean interrupted = false;
    tasks.forEach(task -> task.cancel(why));
    for (Task<?> task : tasks) {
      while (!task.isDone()) {
        try {
          task.join();
        } catch (InterruptedException e) {
          interrupted = true;
        }
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  /// Runs calls and waits for all; see [java.util.concurrent.ExecutorService#invokeAll].
  public static <T extends @Nullable Object> List<Future<T>> all(
      Collection<? extends Callable<T>> calls, long until, Function<Callable<T>, Task<T>> submit)
      throws InterruptedException {
    List<Task<T>> started = new ArrayList<>(Objects.requireNonNull(calls, "calls").size());
    try {
      for (Callable<T> call : calls) {
        started.add(submit.apply(call));
      }
      for (Task<T> task : started) {
        if (!joinUntil(task, until)) {
          break;
        }
      }
      return List.copyOf(started);
    } finally {
      stop(started, new CancelReason.ScopeClosed("invokeAll"));
    }
  }

  private static boolean joinUntil(Task<?> task, long until) throws InterruptedException {
    if (until == Kernel.FOREVER) {
      task.join();
      return true;
    }
    return task.join(Duration.ofNanos(Math.max(0, until - Kernel.current().nanoTime())));
  }

  /// Runs calls and returns the first value; see [java.util.concurrent.ExecutorService#invokeAny].
  public static <T extends @Nullable Object> T any(
      Collection<? extends Callable<T>> calls, Function<Callable<T>, Task<T>> submit)
      throws InterruptedException, ExecutionException {
    try {
      return any(calls, Kernel.FOREVER, submit);
    } catch (TimeoutException e) {
      throw new AssertionError("there is no time-out", e);
    }
  }

  /// Runs calls and returns the first value in time; see
  /// [java.util.concurrent.ExecutorService#invokeAny].
  public static <T extends @Nullable Object> T any(
      Collection<? extends Callable<T>> calls, long until, Function<Callable<T>, Task<T>> submit)
      throws InterruptedException, ExecutionException, TimeoutException {
    if (Objects.requireNonNull(calls, "calls").isEmpty()) {
      throw new IllegalArgumentException("invokeAny of no calls has no result; give at least one");
    }
    List<Task<T>> started = new ArrayList<>(calls.size());
    DoneQueue<Task<T>> done = new DoneQueue<>();
    Helper helper = new Helper();
    try {
      for (Callable<T> call : calls) {
        Task<T> task = submit.apply(call);
        started.add(task);
        helper.add(task);
        task.onDone(done::add);
      }
      ExecutionException last = null;
      for (int i = 0; i < started.size(); i++) {
        Task<T> task = done.take(helper, until);
        if (task == null) {
          throw new TimeoutException("none of " + started.size() + " calls has succeeded in time");
        }
        try {
          return task.await();
        } catch (TaskFailedException e) {
          last = e;
        } catch (TaskCancelledException e) {
          last = new ExecutionException(e);
        }
      }
      throw Objects.requireNonNull(last);
    } finally {
      stop(started, new CancelReason.ScopeClosed("invokeAny"));
    }
  }

  /// Tasks in the order in which they are done, added by those that complete them, taken by one
  /// thread.
  static final class DoneQueue<E> {
    private final ArrayDeque<E> elements = new ArrayDeque<>(); // guarded by this
    private volatile boolean filled; // whether there are elements
    private volatile @Nullable Waiter taker;

    void add(E element) {
      synchronized (this) {
        elements.add(element);
        filled = true;
      }
      Waiter waiter = taker;
      if (waiter != null) {
        waiter.wake();
      }
    }

    E take(Helper helper) throws InterruptedException {
      return Objects.requireNonNull(take(helper, Kernel.FOREVER));
    }

    @Nullable E take(Helper helper, long until) throws InterruptedException {
      if (!filled) {
        Waiter wait =
            new Waiter() {
              @Override
              protected WaitKind kind() {
                return WaitKind.JOIN;
              }

              @Override
              protected boolean ready() {
                return filled;
              }

              @Override
              protected boolean help(boolean timed) {
                return helper.help(this, timed);
              }
            };
        taker = wait;
        helper.helping(wait, true);
        try {
          if (!wait.await(this, until)) {
            return null;
          }
        } finally {
          helper.helping(wait, false);
          taker = null;
        }
      }
      synchronized (this) {
        E first = elements.remove();
        filled = !elements.isEmpty();
        return first;
      }
    }
  }
}
