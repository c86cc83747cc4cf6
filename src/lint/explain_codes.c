/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The codes of Falco's own findings about rules files, as falco -V and falcotune check print them.
 */
#include "lint/explain.h"

#define CODE(term, what, lever)                                                                    \
	{                                                                                          \
		EXPLAIN_CODE, term, what, NULL, NULL, lever                                        \
	}

const struct explain_row explain_codes[] = {
	CODE("LOAD_ERR_FILE_READ", "the file cannot be read", "its path and its permissions"),
	CODE("LOAD_ERR_YAML_PARSE", "the file is no YAML; nothing of it is read",
	     "indentation with blanks, closed brackets and quotes, no \\q in double quotes"),
	CODE("LOAD_ERR_YAML_VALIDATE",
	     "YAML of another shape than rules: a key that is missing, empty or of a wrong type, "
	     "an "
	     "unknown priority, override with append, a top that is no sequence",
	     "the key at the place of the message"),
	CODE("LOAD_ERR_COMPILE_CONDITION",
	     "a condition that does not compile: syntax, an unknown field or event, a wrong "
	     "operator "
	     "or value for the field's type, a bad regex",
	     "falcotune rules shows the condition with lists and macros put in"),
	CODE("LOAD_ERR_COMPILE_OUTPUT",
	     "an output that does not compile: % without an existing field behind it; there is no "
	     "%% and no %(field)",
	     "%field for fields, no other percent sign"),
	CODE("LOAD_ERR_VALIDATE",
	     "items that do not fit together: an undefined macro, a loop of macros, an append "
	     "without "
	     "its target, a required_engine_version that is too new, exceptions whose fields, "
	     "comps "
	     "and values differ in length",
	     "the order of files and items: macros must be defined before they are used"),
	CODE("LOAD_ERR_PLUGIN_VERSION",
	     "required_plugin_versions that no loaded plugin meets. The code is falcotune's: Falco "
	     "ends without a result (exit code 1, a message on stderr)",
	     "plugins and load_plugins in falco.yaml"),
	CODE("LOAD_UNKNOWN_SOURCE",
	     "a rule for a source that is not loaded; it is skipped without being compiled",
	     "load the plugin, or leave source out for syscalls"),
	CODE("LOAD_UNSAFE_NA_CHECK",
	     "a comparison of a ka. or jevt. field with <NA>, which also holds for fields that are "
	     "not there",
	     "write exists or not exists"),
	CODE("LOAD_NO_EVTTYPE",
	     "a rule that names no event type, or more than 100 codes: every event walks it "
	     "(FT001)",
	     "evt.type = or in (...), joined by and; warn_evttypes: false only hides the warning"),
	CODE("LOAD_UNKNOWN_FILTER",
	     "a rule with skip-if-unknown-filter that names a field or event which does not exist; "
	     "it is dropped",
	     "the name, or a newer Falco"),
	CODE("LOAD_UNUSED_MACRO", "a macro that nothing refers to (see FT042)",
	     "take it out; a use by another unused macro counts as one here"),
	CODE("LOAD_UNUSED_LIST", "a list that nothing refers to (see FT042)",
	     "take it out; a use by another unused list counts as one here"),
	CODE("LOAD_UNKNOWN_ITEM",
	     "an item that is no rule, macro, list or requirement; it is ignored",
	     "its first key: rule, macro, list, required_engine_version, required_plugin_versions"),
	CODE("LOAD_UNKNOWN_KEY", "a key that Falco does not know; it is ignored (FT052)",
	     "its spelling, or take it out"),
	CODE("LOAD_DEPRECATED_ITEM",
	     "a form or field that will go: append: true, a lone enabled, evt.dir, evt.latency and "
	     "their like (FT050, FT007 to FT009)",
	     "override in place of append and enabled; leave the fields out"),
	CODE("LOAD_APPEND_NO_VALUES", "an appended exception without values; it adds nothing",
	     "values, or take it out"),
	CODE("LOAD_EXCEPTION_NAME_NOT_UNIQUE",
	     "two exceptions of one name in an item; both are used",
	     "another name for one of them"),
	CODE("LOAD_INVALID_MACRO_NAME",
	     "a macro name that no condition can refer to: letters, digits and _ only, a letter "
	     "first",
	     "another name"),
	CODE("LOAD_INVALID_LIST_NAME",
	     "a list name with blanks, quotes, parentheses, = or a comma, which is not found in "
	     "conditions",
	     "another name"),
	CODE("LOAD_COMPILE_CONDITION",
	     "a constant that looks like a mistake: the name of a field, something like a "
	     "transformer, a regex without special characters",
	     "val(field) where the field is meant; = or contains for a plain regex (FT026)"),
	{0},
};
