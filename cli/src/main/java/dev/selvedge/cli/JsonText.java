package dev.selvedge.cli;

import java.util.LinkedHashMap;
import java.util.Map;
import tools.jackson.jr.ob.JSON;

/// What commands print with `--json`: one object in one line, whose first member names its schema.
final class JsonText {
  private JsonText() {}

  /// {@return the text of an object}
  ///
  /// @param schema its name and version, such as `selvedge.doctor/1`
  /// @param members of the object: text, numbers, booleans, lists and maps of them
  static String of(String schema, Map<String, ?> members) {
    Map<String, Object> all = new LinkedHashMap<>();
    all.put("schema", schema);
    all.putAll(members);
    return JSON.std.asString(all);
  }
}
