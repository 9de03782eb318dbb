package dev.selvedge.trace.live;

import dev.selvedge.trace.live.DumpedThread.OwnedMonitor;
import dev.selvedge.trace.live.ThreadDump.ThreadContainer;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.core.ObjectReadContext;
import tools.jackson.core.json.JsonFactory;

/// Reads a dump of threads as a stream. Members that it does not know are skipped, so it reads
/// those of later JDKs, too; numbers may be written as text, as JDK 25 does.
final class ThreadDumpReader {
  private final Map<String, String> texts = new HashMap<>();
  private final Map<List<String>, List<String>> stacks = new HashMap<>();
  private final List<ThreadContainer> containers = new ArrayList<>();
  private String runtimeVersion = "";
  private boolean found;

  ThreadDump read(InputStream in) throws IOException {
    try (JsonParser json = new JsonFactory().createParser(ObjectReadContext.empty(), in)) {
      json.nextToken();
      members(json, name -> dump(json, name));
    } catch (JacksonException e) {
      throw new IOException("not a dump of threads in JSON: " + e.getOriginalMessage(), e);
    }
    if (!found) {
      throw new IOException("not a dump of threads in JSON: it has no 'threadDump'");
    }
    return new ThreadDump(runtimeVersion, List.copyOf(containers));
  }

  private void dump(JsonParser json, String name) {
    if (name.equals("threadDump")) {
      found = true;
      members(json, inner -> top(json, inner));
    }
  }

  private void top(JsonParser json, String name) {
    switch (name) {
      case "runtimeVersion" -> runtimeVersion = text(json);
      case "threadContainers" -> elements(json, () -> containers.add(container(json)));
      default -> {}
    }
  }

  private ThreadContainer container(JsonParser json) {
    var read =
        new Object() {
          String name = "";
          @Nullable String parent;
          long owner;
          final List<DumpedThread> threads = new ArrayList<>();
        };
    members(
        json,
        name -> {
          switch (name) {
            case "container" -> read.name = text(json);
            case "parent" -> read.parent = textOrNull(json);
            case "owner" -> read.owner = number(json);
            case "threads" -> elements(json, () -> read.threads.add(thread(json)));
            default -> {}
          }
        });
    return new ThreadContainer(read.name, read.parent, read.owner, List.copyOf(read.threads));
  }

  private DumpedThread thread(JsonParser json) {
    var read =
        new Object() {
          long id;
          String name = "";
          boolean virtual;
          String state = "";
          @Nullable String blockedOn;
          @Nullable String waitingOn;
          @Nullable String parkedOn;
          long parkedOwner;
          final List<OwnedMonitor> owned = new ArrayList<>();
          final List<String> stack = new ArrayList<>();
        };
    members(
        json,
        name -> {
          switch (name) {
            case "tid" -> read.id = number(json);
            case "name" -> read.name = text(json);
            case "virtual" -> read.virtual = json.currentToken() == JsonToken.VALUE_TRUE;
            case "state" -> read.state = text(json);
            case "blockedOn" -> read.blockedOn = textOrNull(json);
            case "waitingOn" -> read.waitingOn = textOrNull(json);
            case "parkBlocker" ->
                members(
                    json,
                    inner -> {
                      switch (inner) {
                        case "object" -> read.parkedOn = textOrNull(json);
                        case "owner" -> read.parkedOwner = number(json);
                        default -> {}
                      }
                    });
            case "stack" -> elements(json, () -> read.stack.add(text(json)));
            case "monitorsOwned" -> elements(json, () -> monitors(json, read.owned));
            default -> {}
          }
        });
    return new DumpedThread(
        read.id,
        read.name,
        read.virtual,
        read.state,
        read.blockedOn,
        read.waitingOn,
        read.parkedOn,
        read.parkedOwner,
        List.copyOf(read.owned),
        stacks.computeIfAbsent(List.copyOf(read.stack), stack -> stack),
        "");
  }

  private void monitors(JsonParser json, List<OwnedMonitor> owned) {
    var read =
        new Object() {
          int depth = -1;
          final List<String> objects = new ArrayList<>();
        };
    members(
        json,
        name -> {
          switch (name) {
            case "depth" -> read.depth = (int) number(json);
            case "locks" ->
                elements(
                    json,
                    () -> {
                      String object = textOrNull(json); // null if the compiler has removed it
                      if (object != null) {
                        read.objects.add(object);
                      }
                    });
            default -> {}
          }
        });
    read.objects.forEach(object -> owned.add(new OwnedMonitor(object, read.depth)));
  }

  // ---- the stream: each reader begins at the first token of its value, and ends at the last ----

  /// Reads an object; what `member` leaves unread of a value is skipped.
  private static void members(JsonParser json, Consumer<String> member) {
    if (json.currentToken() != JsonToken.START_OBJECT) {
      json.skipChildren();
      return;
    }
    while (json.nextToken() == JsonToken.PROPERTY_NAME) {
      String name = json.currentName();
      json.nextToken();
      member.accept(name);
      json.skipChildren();
    }
  }

  private static void elements(JsonParser json, Runnable element) {
    if (json.currentToken() != JsonToken.START_ARRAY) {
      json.skipChildren();
      return;
    }
    while (json.nextToken() != JsonToken.END_ARRAY && json.currentToken() != null) {
      element.run();
      json.skipChildren();
    }
  }

  private String text(JsonParser json) {
    String text = textOrNull(json);
    return text == null ? "" : text;
  }

  private @Nullable String textOrNull(JsonParser json) {
    return json.currentToken() != null
            && json.currentToken().isScalarValue()
            && json.currentToken() != JsonToken.VALUE_NULL
        ? texts.computeIfAbsent(Printable.line(json.getString()), text -> text)
        : null;
  }

  private static long number(JsonParser json) {
    return json.currentToken() == null || !json.currentToken().isScalarValue()
        ? 0
        : json.getValueAsLong();
  }
}
