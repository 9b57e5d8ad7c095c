// A message with values in its places, as Python's str.format puts them there.
const fill = (message, values) => message.replace(/{(\w+)}/g, (place, name) => values[name] ?? place);
