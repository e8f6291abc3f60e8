// Shows times in the visitor's own zone at once; without it the choice and its button do the same.
(() => {
  const form = document.querySelector("form.zone");
  const select = document.querySelector("#zone");
  if (!form || !select) return;
  form.querySelector("button").hidden = true;
  select.addEventListener("change", () => form.requestSubmit());
  // Once another time is chosen, the one from the letter is no longer what the button would book.
  const fromLetter = document.querySelector(".chosen");
  document.querySelectorAll('input[name="start"]').forEach((each) =>
    each.addEventListener("change", () => { if (fromLetter) fromLetter.hidden = true; }));
  const address = new URL(location.href);
  const mine = Intl.DateTimeFormat().resolvedOptions().timeZone;
  const known = [...select.options].some((each) => each.value === mine);
  if (!address.searchParams.has("zone") && known && select.value !== mine) {
    address.searchParams.set("zone", mine);
    location.replace(address);
  }
})();
