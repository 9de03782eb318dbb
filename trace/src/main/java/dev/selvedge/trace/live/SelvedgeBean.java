package dev.selvedge.trace.live;

import dev.selvedge.management.LiveMXBean;
import java.io.IOException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import javax.management.InstanceAlreadyExistsException;
import javax.management.JMException;
import javax.management.JMX;
import javax.management.MBeanServerConnection;
import javax.management.ObjectName;
import tools.jackson.core.JacksonException;
import tools.jackson.jr.ob.JSON;

/// What a JVM with Selvedge in it tells of its tasks. The bean is registered there when somebody
/// asks for the first time, so nothing has to be started with the program.
///
/// All answers are maps as they come out of JSON; members that a newer version adds do no harm.
final class SelvedgeBean {
  private static final String CLASS = "dev.selvedge.management.Live";
  private static final String NAME = "dev.selvedge:type=Live";

  private final LiveMXBean bean;

  private SelvedgeBean(LiveMXBean bean) {
    this.bean = bean;
  }

  /// {@return the bean, or empty if that JVM has no Selvedge}
  static Optional<SelvedgeBean> of(MBeanServerConnection server) throws IOException {
    try {
      var name = new ObjectName(NAME);
      if (!server.isRegistered(name)) {
        server.createMBean(CLASS, name);
      }
      return Optional.of(new SelvedgeBean(JMX.newMXBeanProxy(server, name, LiveMXBean.class)));
    } catch (InstanceAlreadyExistsException e) {
      return of(server); // somebody else looks, too
    } catch (JMException e) {
      return Optional.empty();
    }
  }

  TaskTree tree(int most) throws IOException {
    return TaskTree.of(parsed(bean.tree(most)));
  }

  WaitChain why(String task) throws IOException {
    return WaitChain.of(parsed(bean.why(task)));
  }

  Problems problems() throws IOException {
    return Problems.of(parsed(bean.problems()));
  }

  /// {@return the paths of the tasks on threads, by the threads' numbers}
  Map<Long, String> tasksOn(List<Long> threads) throws IOException {
    Map<Long, String> tasks = new HashMap<>();
    Object told =
        parsed(bean.tasksOn(threads.stream().mapToLong(Long::longValue).toArray())).get("tasks");
    if (told instanceof Map<?, ?> all) {
      all.forEach(
          (thread, task) ->
              tasks.put(Long.valueOf((String) thread), Printable.line((String) task)));
    }
    return tasks;
  }

  /// What is held by whom.
  ///
  /// @param objects by their names in a dump of threads
  /// @param queued tasks that have not started, by their numbers: what each of them waits for
  /// @param ownersKnown whether the JVM may tell who has a lock of `java.util.concurrent`
  record Holders(Map<String, Held> objects, Map<Long, Held> queued, boolean ownersKnown) {
    static final Holders NONE = new Holders(Map.of(), Map.of(), false);
  }

  Holders holders() throws IOException {
    Map<String, Object> all = parsed(bean.holders());
    Map<String, Held> objects = new HashMap<>();
    for (Map<?, ?> one : Json.objects(all.get("objects"))) {
      objects.put(
          Json.text(one.get("object")),
          new Held(
              Printable.line(Json.text(one.get("what"))),
              Boolean.TRUE.equals(one.get("tasks")),
              Boolean.TRUE.equals(one.get("any")),
              Json.numbers(one.get("holders"))));
    }
    Map<Long, Held> queued = new HashMap<>();
    for (Map<?, ?> one : Json.objects(all.get("queued"))) {
      queued.put(
          Json.number(one.get("task")),
          new Held(
              Printable.line(Json.text(one.get("path"))),
              false,
              true,
              Json.numbers(one.get("holders"))));
    }
    return new Holders(objects, queued, Boolean.TRUE.equals(all.get("ownersKnown")));
  }

  private static Map<String, Object> parsed(String json) throws IOException {
    try {
      return JSON.std.mapFrom(json);
    } catch (JacksonException e) {
      throw new IOException("it answered in a way that this version does not read", e);
    }
  }
}
