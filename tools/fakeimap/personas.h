// Personas with a name: the settings of Persona that make the fake behave like a kind of real server.
// README.md lists them.
#pragma once

#include "engine/base/result.h"
#include "tools/fakeimap/persona.h"

namespace godwit::fakeimap {

std::optional<Persona> persona_named(std::string_view name);
std::vector<std::string_view> persona_names();

// Sets the field of Persona that is called `name`, if it holds text, a character, a number or true/false.
// invalid_argument.
Result<void> set_field(Persona& persona, std::string_view name, std::string_view value);
std::vector<std::string_view> field_names();

}  // namespace godwit::fakeimap
